import { createRemoteJWKSet, jwtVerify } from "jose";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startTokenIssuer } from "../../../infra/local/start/token-issuer.ts";

let folder = "";
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "a2a-issuer-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const verify = (token: string, { jwksUrl, issuer, audience }: { jwksUrl: string; issuer: string; audience: string }) =>
  jwtVerify(token, createRemoteJWKSet(new URL(jwksUrl)), { issuer, audience });

describe("the token issuer", () => {
  it("issues tokens for an administrator that its key set verifies, good for a day", async () => {
    await using issuer = await startTokenIssuer(folder);
    const { payload } = await verify(await issuer.issueToken(), issuer);
    expect(payload).toMatchObject({ sub: "local-admin", tenant: "default", roles: ["admin"] });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(86_400);
  });

  it("keeps its keys and its address, so that tokens outlive a restart", async () => {
    const first = await startTokenIssuer(folder);
    const token = await first.issueToken();
    await first[Symbol.asyncDispose]();
    await using second = await startTokenIssuer(folder);
    expect(second.jwksUrl).toBe(first.jwksUrl);
    await expect(verify(token, second)).resolves.toBeDefined();
  });

  it("moves on when its former port is taken", async () => {
    await using first = await startTokenIssuer(folder);
    await using second = await startTokenIssuer(folder);
    expect(second.jwksUrl).not.toBe(first.jwksUrl);
  });

  it("says what to do about a key it cannot read", async () => {
    writeFileSync(join(folder, "issuer.jwk.json"), '{"kty":');
    await expect(startTokenIssuer(folder)).rejects.toThrow("the issuer's key cannot be read");
  });

  it("keeps the private half to itself", async () => {
    await using issuer = await startTokenIssuer(folder);
    const published = await (await fetch(issuer.jwksUrl)).text();
    const { d } = JSON.parse(readFileSync(join(folder, "issuer.jwk.json"), "utf8"));
    expect(d).toMatch(/^[\w-]{43}$/);
    expect(published).not.toContain(d);
    expect(statSync(join(folder, "issuer.jwk.json")).mode & 0o777).toBe(0o600);
  });
});
