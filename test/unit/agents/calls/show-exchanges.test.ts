import { describe, expect, it } from "vitest";
import type { ExchangeRecord } from "../../../../shared/a2a/exchange-log.ts";
import { fitExchanges, viewExchanges } from "../../../../shared/agents/calls/show-exchanges.ts";

const record = (nth: number, more: Partial<ExchangeRecord> = {}): ExchangeRecord => ({ at: nth * 1000, durationMs: 5, method: "POST", url: `https://a.test/${nth}`, headers: { accept: "x" }, ...more });
const many = (count: number): ExchangeRecord[] => Array.from({ length: count }, (_, nth) => record(nth));

describe("exchanges with an agent as the API prints them", () => {
  it("are what went and came, and no more than there was", () => {
    const reply = { status: 200, headers: { type: "json" }, body: "{}", eventsMs: [1, 2] };
    expect(viewExchanges([record(0), record(1, { body: "hi", reply }), record(2, { failure: "no route" })], 8)).toEqual({
      exchanges: [
        { at: "1970-01-01T00:00:00.000Z", duration_ms: 5, request: { method: "POST", url: "https://a.test/0", headers: { accept: "x" } } },
        {
          at: "1970-01-01T00:00:01.000Z",
          duration_ms: 5,
          request: { method: "POST", url: "https://a.test/1", headers: { accept: "x" }, body: "hi" },
          reply: { status: 200, headers: { type: "json" }, body: "{}", events_ms: [1, 2] },
        },
        { at: "1970-01-01T00:00:02.000Z", duration_ms: 5, request: { method: "POST", url: "https://a.test/2", headers: { accept: "x" } }, failure: "no route" },
      ],
      exchanges_left_out: 0,
    });
  });

  it.each([
    { count: 4, kept: [0, 1, 2, 3], left: 0 },
    { count: 5, kept: [0, 1, 3, 4], left: 1 },
    { count: 9, kept: [0, 1, 7, 8], left: 5 },
  ])("are the first two and the last two of $count", ({ count, kept, left }) => {
    const { exchanges, exchanges_left_out: out } = viewExchanges(many(count), 2);
    expect(exchanges.map(({ request: { url } }) => Number(url.split("/").at(-1)))).toEqual(kept);
    expect(out).toBe(left);
  });
});

describe("exchanges that must fit", () => {
  const long = "x".repeat(20_000);
  const whole = viewExchanges([record(0, { body: long, failure: long, reply: { status: 200, headers: {}, body: long, eventsMs: Array.from({ length: 20_000 }, () => 1) } }), record(1, { body: "short" }), record(2)], 8);
  const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

  it("stay as they are when they do", () => {
    expect(fitExchanges(whole, bytesOf(whole))).toBe(whole);
  });

  it.each([60_000, 5000, 1000])("are cut until they have at most %s bytes, and say where", (bytes) => {
    const cut = fitExchanges(whole, bytes);
    expect(bytesOf(cut)).toBeLessThanOrEqual(bytes);
    expect(cut.exchanges[0]?.request.body).toMatch(/^x+ \(cut here\)$/);
    expect(cut.exchanges[0]?.reply?.body).toMatch(/^x+ \(cut here\)$/);
    expect(cut.exchanges[0]?.failure).toMatch(/^x+ \(cut here\)$/);
    expect(cut.exchanges[1]?.request.body).toBe("short");
    expect(cut.exchanges[2]?.request).not.toHaveProperty("body");
  });
});
