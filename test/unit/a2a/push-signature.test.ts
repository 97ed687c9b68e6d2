import { describe, expect, it } from "vitest";
import { signatureHeaders, signingKeyOf } from "../../../shared/a2a/push-signature.ts";

const base64 = (bytes: number): string => Buffer.alloc(bytes, 7).toString("base64");

describe("signatureHeaders", () => {
  it("signs what the reference libraries of Standard Webhooks sign, in the same way", () => {
    const push = {
      secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
      at: new Date(1_614_265_330_999),
      body: '{"test": 2432232314}',
    };
    expect(signatureHeaders(push)).toEqual({
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    });
  });
});

describe("signingKeyOf", () => {
  it.each([undefined, "", "secret", base64(32), `whsec_${base64(23)}`, `whsec_${base64(65)}`, "whsec_%%%%", "whsec_abc"])("takes %s for no secret", (secret) => {
    expect(signingKeyOf(secret)).toBeUndefined();
  });

  it.each([24, 32, 64])("takes %d bytes", (bytes) => {
    expect(signingKeyOf(`whsec_${base64(bytes)}`)).toHaveLength(bytes);
  });
});
