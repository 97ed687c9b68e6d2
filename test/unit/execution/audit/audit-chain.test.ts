import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ChainDefect,
  type ChainHead,
  type ChainLink,
  digestEvent,
  emptyChain,
  eventsIn,
  headAfter,
  linkKey,
  linkOf,
  verifyChain,
} from "../../../../shared/execution/audit/audit-chain.ts";

interface StoredRow {
  readonly key: string;
  readonly row: Readonly<Record<string, unknown>>;
}

/** What lies in the table of one execution. */
interface Trail {
  readonly events: readonly StoredRow[];
  readonly links: readonly StoredRow[];
  readonly anchor: ChainHead;
}

const timeOf = (second: number): string => new Date(Date.parse("2026-11-21T10:00:00.000Z") + second * 1000).toISOString();

const eventRow = (index: number): StoredRow => {
  const at = timeOf(index);
  const facts = { task_id: `t${index}`, attempt: 1, error: { code: "AgentFailed", message: "no data" }, list: [1, null, true] };
  const head = { version: 1, event_id: `e${index}`, tenant: "acme", workflow_id: "w", execution_id: "exec_1", trace_id: "t" };
  return { key: `${at}#e${index}`, row: { ...head, type: "task.completed", timestamp: at, facts } };
};

const START = emptyChain("acme", "exec_1");
const TALLY = { last: "7", at: timeOf(0), counts: { queued: 1 } };

/** A trail of batches of so many events each. */
function trailOf(...batches: readonly number[]): Trail {
  const events: StoredRow[] = [];
  const links: StoredRow[] = [];
  let anchor = START;
  for (const size of batches) {
    const batch = Array.from({ length: size }, (_, index) => eventRow(events.length + index));
    const link = linkOf(anchor, batch.map(({ row }) => row), TALLY);
    events.push(...batch);
    links.push({ key: linkKey(link.from), row: link });
    anchor = headAfter(link);
  }
  return { events, links, anchor };
}

const byKey = (rows: readonly StoredRow[]): StoredRow[] => [...rows].sort((a, b) => (a.key < b.key ? -1 : 1));
const verify = ({ events, links, anchor }: Trail) =>
  verifyChain({ start: START, anchor, links: byKey(links), events: byKey(events).map(({ key, row }) => digestEvent(key, row)) });

const without = (rows: readonly StoredRow[], index: number): StoredRow[] => rows.filter((_, place) => place !== index);
const replaced = (rows: readonly StoredRow[], index: number, row: object): StoredRow[] =>
  rows.map((stored, place) => (place === index ? { ...stored, row: { ...stored.row, ...row } } : stored));

describe("linkOf", () => {
  it("keeps what its events share once, and gives back each of them as it was", () => {
    const head = fc.record({ version: fc.constantFrom(1, 2), tenant: fc.constant("acme"), trace_id: fc.constantFrom("t", "u"), workflow_id: fc.option(fc.constant("w"), { nil: undefined }) });
    fc.assert(
      fc.property(fc.array(head, { minLength: 1, maxLength: 4 }), (heads) => {
        const rows = heads.map((own, index) => ({ ...Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)), event_id: `e${index}` }));
        expect(eventsIn(linkOf(START, rows, TALLY))).toEqual(rows);
      }),
    );
    const { head: common } = linkOf(START, [eventRow(0).row, { ...eventRow(1).row, trace_id: "u" }], TALLY);
    expect(JSON.parse(common)).toEqual({ version: 1, tenant: "acme", workflow_id: "w", execution_id: "exec_1" });
  });
});

describe("verifyChain", () => {
  it("finds a sound chain sound, and counts what is not chained yet", () => {
    const trail = trailOf(2, 1, 3);
    expect(verify(trail)).toEqual({ ...trail.anchor, unchained: 0 });
    expect(verify({ ...trail, events: [...trail.events, eventRow(6), eventRow(7)] })).toEqual({ ...trail.anchor, unchained: 2 });
    expect(trail.anchor.length).toBe(6);
  });

  it("finds nothing wrong with nothing", () => {
    expect(verifyChain({ start: START, links: [], events: [] })).toEqual({ length: 0, hash: START.hash, unchained: 0 });
  });

  it("does not mind a chain that grew after the counters were read", () => {
    expect(verify({ ...trailOf(2, 1, 3), anchor: trailOf(2, 1).anchor })).not.toHaveProperty("defect");
  });

  it("does not mind events that were committed out of the order of their times", () => {
    const rows = [eventRow(1), eventRow(0)];
    const link = linkOf(START, rows.map(({ row }) => row), TALLY);
    expect(verify({ events: rows, links: [{ key: linkKey(0), row: link }], anchor: headAfter(link) })).not.toHaveProperty("defect");
  });

  const whole = trailOf(2, 1, 3);
  const forged = (index: number): ChainLink => linkOf({ length: index, hash: "0".repeat(64) }, [eventRow(9).row], TALLY);
  it.each<{ what: string; trail: Trail; defect: Partial<ChainDefect> }>([
    {
      what: "an altered event",
      trail: { ...whole, events: replaced(whole.events, 3, { trace_id: "T" }) },
      defect: { kind: "event_altered", index: 3, link: "0000000003", event: "2026-11-21T10:00:03.000Z#e3" },
    },
    {
      what: "an event with an attribute more",
      trail: { ...whole, events: replaced(whole.events, 0, { extra: 1 }) },
      defect: { kind: "event_altered", index: 0, event: "2026-11-21T10:00:00.000Z#e0" },
    },
    {
      what: "a missing event",
      trail: { ...whole, events: without(whole.events, 4) },
      defect: { kind: "event_missing", index: 4, link: "0000000003", event: "2026-11-21T10:00:04.000Z#e4" },
    },
    {
      what: "a foreign event among older ones",
      trail: { ...trailOf(200), events: [...trailOf(200).events, { key: "2026-11-21T10:00:07.500Z#x", row: {} }] },
      defect: { kind: "event_foreign", index: 200, event: "2026-11-21T10:00:07.500Z#x" },
    },
    {
      what: "an event whose key is no time",
      trail: { ...whole, events: [...whole.events, { key: "x", row: {} }] },
      defect: { kind: "event_foreign", index: 6, event: "x" },
    },
    { what: "a missing link", trail: { ...whole, links: without(whole.links, 1) }, defect: { kind: "link_missing", index: 2, link: "0000000002" } },
    { what: "a missing first link", trail: { ...whole, links: without(whole.links, 0) }, defect: { kind: "link_missing", index: 0, link: "0000000000" } },
    { what: "a missing last link", trail: { ...whole, links: without(whole.links, 2) }, defect: { kind: "link_missing", index: 3, link: "0000000003" } },
    {
      what: "a link with events in another order",
      trail: { ...whole, links: replaced(whole.links, 0, { events: linkOf(START, [eventRow(1).row, eventRow(0).row], TALLY).events }) },
      defect: { kind: "link_altered", index: 0, link: "0000000000" },
    },
    {
      what: "links that changed places",
      trail: { ...whole, links: [{ key: linkKey(0), row: whole.links[1]?.row ?? {} }, { key: linkKey(2), row: whole.links[0]?.row ?? {} }] },
      defect: { kind: "order_changed", index: 0, link: "0000000000", expected: "0000000000", actual: "0000000002" },
    },
    {
      what: "a link that stands twice for the same events",
      trail: { ...trailOf(3), links: [...trailOf(3).links, { key: linkKey(1), row: forged(1) }] },
      defect: { kind: "order_changed", index: 3, link: "0000000001" },
    },
    {
      what: "a link that is whole but follows another one",
      trail: { ...whole, links: [...whole.links.slice(0, 1), { key: linkKey(2), row: forged(2) }] },
      defect: { kind: "link_altered", index: 2, link: "0000000002", actual: "0".repeat(64) },
    },
    {
      what: "a link with an attribute more",
      trail: { ...whole, links: replaced(whole.links, 1, { extra: 1 }) },
      defect: { kind: "link_altered", index: 2, link: "0000000002" },
    },
    {
      what: "counters that name another head",
      trail: { ...whole, anchor: { length: 3, hash: "f".repeat(64) } },
      defect: { kind: "head_altered", index: 3, expected: "f".repeat(64) },
    },
    {
      what: "counters that end inside a link",
      trail: { ...whole, anchor: { ...whole.anchor, length: 5 } },
      defect: { kind: "head_altered", index: 5 },
    },
    {
      what: "the chain of another execution",
      trail: { ...whole, links: [{ key: linkKey(0), row: linkOf(emptyChain("acme", "exec_2"), [eventRow(0).row], TALLY) }] },
      defect: { kind: "link_altered", index: 0, link: "0000000000", expected: START.hash },
    },
  ])("names $what and its place", ({ trail, defect }) => {
    expect(verify(trail).defect).toMatchObject(defect);
  });

  it.each([
    { key: "2026-11-21T10:01:19.000Z#x", isForeign: false },
    { key: "2026-11-21T10:01:18.999Z#x", isForeign: true },
  ])("allows an event two minutes to be committed, measured from the newest: $key", ({ key, isForeign }) => {
    const { defect } = verify({ ...trailOf(200), events: [...trailOf(200).events, { key, row: {} }] });
    expect(defect?.kind).toBe(isForeign ? "event_foreign" : undefined);
  });

  it("says how far the chain is sound", () => {
    const { length, hash } = verify({ ...whole, events: without(whole.events, 4) });
    expect({ length, hash }).toEqual(trailOf(2, 1).anchor);
  });

  it("finds one flipped byte anywhere in an event or a link, and names the row", () => {
    const trails = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }).map((sizes) => trailOf(...sizes));
    fc.assert(
      fc.property(trails, fc.nat(), fc.nat(), fc.integer({ min: 0, max: 6 }), (trail, which, where, bit) => {
        const rows = [...trail.events, ...trail.links];
        const index = which % rows.length;
        const victim = rows[index];
        if (victim === undefined) throw new Error("no row");
        const text = JSON.stringify(victim.row);
        const place = where % text.length;
        const row = parsed(text.slice(0, place) + String.fromCodePoint((text.codePointAt(place) ?? 0) ^ (1 << bit)) + text.slice(place + 1));
        // What is no JSON could not be stored; what reads the same was not changed (1.0 for 1, say).
        if (row === undefined || JSON.stringify(row) === text) return;
        const isEvent = index < trail.events.length;
        const changed = rows.map((stored, at) => (at === index ? { key: stored.key, row } : stored));
        const { defect } = verify({ ...trail, events: changed.slice(0, trail.events.length), links: changed.slice(trail.events.length) });
        if (isEvent) expect(defect).toMatchObject({ kind: "event_altered", index, event: victim.key });
        else expect(defect).toMatchObject({ kind: "link_altered", link: victim.key });
      }),
      { numRuns: 200 },
    );
  });

  it("finds one flipped bit in a key", () => {
    const trails = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }).map((sizes) => trailOf(...sizes));
    fc.assert(
      fc.property(trails, fc.nat(), fc.nat(), fc.integer({ min: 0, max: 6 }), (trail, which, where, bit) => {
        const rows = [...trail.events, ...trail.links];
        const index = which % rows.length;
        const { key, row } = rows[index] ?? eventRow(0);
        const place = where % key.length;
        const other = key.slice(0, place) + String.fromCodePoint((key.codePointAt(place) ?? 0) ^ (1 << bit)) + key.slice(place + 1);
        if (rows.some((stored) => stored.key === other)) return;
        const changed = rows.map((stored, at) => (at === index ? { key: other, row } : stored));
        const { defect } = verify({ ...trail, events: changed.slice(0, trail.events.length), links: changed.slice(trail.events.length) });
        if (index < trail.events.length) expect(defect).toMatchObject({ kind: "event_missing", index, event: key });
        else expect([key, other]).toContain(defect?.link);
      }),
      { numRuns: 150 },
    );
  });

  it("finds any event or link that is gone, and names it", () => {
    const trails = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }).map((sizes) => trailOf(...sizes));
    fc.assert(
      fc.property(trails, fc.nat(), fc.boolean(), (trail, which, isEvent) => {
        if (isEvent) {
          const index = which % trail.events.length;
          const { defect } = verify({ ...trail, events: without(trail.events, index) });
          expect(defect).toMatchObject({ kind: "event_missing", index, event: trail.events[index]?.key });
        } else {
          const index = which % trail.links.length;
          expect(verify({ ...trail, links: without(trail.links, index) }).defect).toMatchObject({ kind: "link_missing", link: trail.links[index]?.key });
        }
      }),
    );
  });
});

describe("digestEvent", () => {
  it("is the SHA-256 of key and row with attributes in order", () => {
    const { hash } = digestEvent("k", { b: { d: 1, c: [2] }, a: "x" });
    expect(hash).toBe("2e1470257040c908c937607b817ce1aaab1ffc6901c77c8a4e383fc5a35d375f");
    expect(digestEvent("k", { a: "x", b: { c: [2], d: 1 } }).hash).toBe(hash);
    expect(digestEvent("l", { a: "x", b: { c: [2], d: 1 } }).hash).not.toBe(hash);
  });
});

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
