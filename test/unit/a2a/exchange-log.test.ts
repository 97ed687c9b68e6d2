import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ExchangeRecord, loggedExchange, readExchange } from "../../../shared/a2a/exchange-log.ts";
import type { Exchanged, ExchangeRequest } from "../../../shared/a2a/http-exchange.ts";
import { A2A_LIMITS } from "../../../shared/a2a/limits.ts";

const request: ExchangeRequest = {
  target: { url: new URL("https://ann:pw@agent.test/a2a?key=s3cret&key=two&page=1"), trusted: false },
  method: "POST",
  headers: { "content-type": "application/json", Authorization: "Bearer s3cret", "x-our-key": "s3cret" },
  body: '{"hello":1}',
  timeoutMs: 1000,
  maxBytes: 1000,
};

async function logged(outcome: Exchanged | Error, sent: ExchangeRequest = request): Promise<ExchangeRecord | undefined> {
  const records: ExchangeRecord[] = [];
  let time = 5000;
  const exchange = Object.assign(
    async (): Promise<Exchanged> => {
      time += 12;
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
    { close: () => {} },
  );
  await loggedExchange(exchange, (heard) => records.push(readExchange(heard, ["push-token"])), () => time)(sent).catch(() => {});
  expect(records).toHaveLength(1);
  return records[0];
}

describe("a logged exchange", () => {
  it("shows both sides, and nothing that could be a secret", async () => {
    const headers = { "content-type": "application/json", "set-cookie": ["a=s3cret"], "x-trace": "s3cret" };
    const record = await logged({ kind: "reply", status: 200, headers, body: '{"ok":true}' });
    expect(record).toEqual({
      at: 5000,
      durationMs: 12,
      method: "POST",
      url: "https://agent.test/a2a?key=%5Bhidden%5D&page=%5Bhidden%5D",
      headers: { "content-type": "application/json", Authorization: "[hidden]", "x-our-key": "[hidden]" },
      body: '{"hello":1}',
      reply: { status: 200, headers: { "content-type": "application/json", "set-cookie": "[hidden]", "x-trace": "[hidden]" }, body: '{"ok":true}' },
    });
    expect(JSON.stringify(record)).not.toContain("s3cret");
  });

  it("hides a credential wherever it stands, however its header is called", async () => {
    const secret = fc.stringMatching(/^[\w+/=-]{8,40}$/);
    const header = fc.constantFrom("authorization", "x-api-key", "cookie", "X-Our-Own", "a2a-key");
    await fc.assert(
      fc.asyncProperty(secret, secret, header, fc.boolean(), async (value, key, name, isBearer) => {
        const url = new URL(`https://agent.test/?key=${encodeURIComponent(key)}`);
        const headers = { [name]: isBearer ? `Bearer ${value}` : value };
        const echo = JSON.stringify({ heard: value, key, push: "push-token", url: "https://s3.test/x?X-Amz-Signature=0123abcd&X-Amz-Expires=60" });
        const sent = { ...request, target: { url, trusted: false }, headers, body: '{"token":"push-token"}' };
        const record = JSON.stringify(await logged({ kind: "reply", status: 200, headers: { "x-echo": value }, body: echo }, sent));
        for (const hidden of [value, key, "push-token", "0123abcd"]) expect(record).not.toContain(hidden);
        expect(record).toContain("X-Amz-Expires=60");
      }),
    );
  });

  it("says when each event of a stream came, however the stream was cut", async () => {
    const events = ["data: 1\n\n", "data: 2\r\n\r\n", "data: 3\n\n"];
    const body = events.join("");
    let time = 0;
    const exchange = Object.assign(
      async ({ onText }: ExchangeRequest): Promise<Exchanged> => {
        for (const piece of ["data: 1\n", "\ndata: 2\r\n\r\nda", "ta: 3\n\n"]) {
          time += 10;
          onText?.(piece, "text/event-stream");
        }
        return { kind: "reply", status: 200, headers: { "content-type": "text/event-stream" }, body };
      },
      { close: () => {} },
    );
    const heard: ExchangeRecord[] = [];
    await loggedExchange(exchange, (one) => heard.push(readExchange(one)), () => time)({ ...request, onText: () => "more" });
    expect(heard).toMatchObject([{ reply: { body, eventsMs: [20, 20, 30] } }]);
  });

  it("cuts long bodies, and says so", async () => {
    const body = "x".repeat(A2A_LIMITS.loggedCharacters + 1);
    const record = await logged({ kind: "reply", status: 200, headers: {}, body }, { ...request, body });
    for (const text of [record?.body, record?.reply?.body]) expect(text).toMatch(/x \(cut here: 20000 of 20001 characters\)$/);
  });

  it.each<{ outcome: Exchanged | Error; failure: string }>([
    { outcome: { kind: "not-sent", reason: "refused" }, failure: "not sent: refused" },
    { outcome: { kind: "lost", reason: "cut", timedOut: false }, failure: "no whole reply: cut" },
    { outcome: { kind: "too-large", maxBytes: 7 }, failure: "the reply is larger than 7 bytes" },
    { outcome: new Error("forbidden"), failure: "forbidden" },
  ])("says why there is no reply: $failure", async ({ outcome, failure }) => {
    expect(await logged(outcome)).toMatchObject({ failure });
  });
});
