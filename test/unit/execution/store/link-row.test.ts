import { deflateRawSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emptyChain, linkOf } from "../../../../shared/execution/audit/audit-chain.ts";
import { linkRow, unpackLink } from "../../../../shared/execution/store/link-row.ts";

const TALLY = { last: "1", at: "2026-11-21T10:00:00.000Z", counts: { queued: 1 } };
const events = fc.array(
  fc.record({ event_id: fc.string(), timestamp: fc.string(), facts: fc.dictionary(fc.string(), fc.jsonValue()) }),
  { minLength: 1, maxLength: 20 },
);
const link = linkOf(emptyChain("acme", "exec_0123456789"), [{ event_id: "e1", timestamp: TALLY.at }], TALLY);

describe("a link as a row", () => {
  it("comes back as it was, whatever its events say", () => {
    fc.assert(
      fc.property(events, (rows) => {
        const original = linkOf(emptyChain("acme", "exec_0123456789"), rows, TALLY);
        expect(unpackLink(linkRow(original))).toEqual(original);
      }),
    );
  });

  it("takes a small part of what its events take", () => {
    const rows = Array.from({ length: 24 }, (_, index) => ({
      event_id: `t${index}.1.assigned`,
      timestamp: TALLY.at,
      type: "agent.task_assigned",
      facts: { task_id: `t${index}`, attempt: 1, agent_id: `agent-${index}`, dependencies: [`t${index - 1}`], estimated_duration_seconds: 60 },
    }));
    const { packed } = linkRow(linkOf(emptyChain("acme", "exec_0123456789"), rows, TALLY));
    expect(packed).toBeInstanceOf(Uint8Array);
    expect(packed instanceof Uint8Array ? packed.byteLength : Infinity).toBeLessThan(JSON.stringify(rows).length / 5);
  });

  it("written before links were packed is read as it stands", () => {
    expect(unpackLink({ ...link })).toEqual(link);
  });

  it.each([
    { what: "text", packed: "x" },
    { what: "bytes of something else", packed: new Uint8Array([1, 2, 3]) },
    { what: "no object", packed: deflateRawSync("7") },
    { what: "more than an item", packed: deflateRawSync(JSON.stringify({ head: "x".repeat(1_000_000), events: ["{}"] })) },
  ])("that holds $what comes as it was found", ({ packed }) => {
    const { head: _, events: __, ...rest } = link;
    expect(unpackLink({ ...rest, packed })).toEqual({ ...rest, packed });
  });

  it("does not hide attributes that somebody put beside its content", () => {
    expect(unpackLink({ ...linkRow(link), events: ["{}"] })).toMatchObject({ events: ["{}"] });
  });
});
