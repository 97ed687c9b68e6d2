import { marshall } from "@aws-sdk/util-dynamodb";
import type { AttributeValue, DynamoDBRecord } from "aws-lambda";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { projectEvents } from "../../../functions/project-events/project-events.ts";
import { unpackLink } from "../../../shared/execution/store/link-row.ts";
import { readStreamRow, type StreamRow, type TaskMove } from "../../../shared/execution/store/stream-row.ts";
import { loadStanding, rememberedOrigins, rememberedStandings, saveLink, saveProgress } from "../../../shared/execution/store/projection-store.ts";
import { type ChainHead, emptyChain, eventsIn, keyOfEvent, linkOf } from "../../../shared/execution/audit/audit-chain.ts";
import { startedRuntime } from "../../fixtures/runtime/memory-runtime.ts";

const PK = "T#acme#X#exec_0123456789";
const NAME = { tenant: "acme", execution: "exec_0123456789" };

/** The SDK and the event types write the same JSON by different types. */
const Image = z.record(z.string(), z.custom<AttributeValue>());
const imageOf = (sk: string, row: object): Record<string, AttributeValue> => Image.parse(marshall({ pk: PK, sk, ...row }));

const record = (sk: string, sequence: string, images: { image?: object; old?: object }): DynamoDBRecord => ({
  dynamodb: {
    Keys: { pk: { S: PK }, sk: { S: sk } },
    SequenceNumber: sequence,
    ...(images.image === undefined ? {} : { NewImage: imageOf(sk, images.image) }),
    ...(images.old === undefined ? {} : { OldImage: imageOf(sk, images.old) }),
  },
});

const at = "2026-11-21T10:00:00.000Z";
const EVENT = { version: 1, event_id: "e1", type: "task.completed", tenant: "acme", workflow_id: "w", execution_id: "exec_0123456789", trace_id: "t", timestamp: at, facts: { task_id: "a" } };

async function world() {
  const runtime = await startedRuntime();
  const deps = { executions: runtime.executions, standings: rememberedStandings(), origins: rememberedOrigins() };
  return { runtime, deps };
}

const moved = (sequence: number, from: string | undefined, to: string): TaskMove => {
  const row = readStreamRow(record("TASK#a", String(sequence), { image: { state: to, queuedAt: at }, ...(from === undefined ? {} : { old: { state: from } }) }));
  if (row?.kind !== "task") throw new Error("no row of a task");
  return row;
};

describe("readStreamRow", () => {
  it.each([
    { what: "a head", given: record("META", "1", { image: {} }) },
    { what: "a counter", given: record("PROGRESS", "1", { image: {} }) },
    { what: "a parked task", given: record("PARK#a", "1", { image: {} }) },
    { what: "a deletion", given: record("TASK#a", "1", { old: { state: "queued" } }) },
    { what: "a link of the audit chain", given: record("LOG#0000000000", "1", { image: {} }) },
    { what: "a change of an event", given: record(`EVT#${at}#e1`, "1", { image: EVENT, old: EVENT }) },
    { what: "an empty record", given: {} },
  ])("passes over $what", ({ given }) => {
    expect(readStreamRow(given)).toBeUndefined();
  });

  it("reads of a task what counting needs", () => {
    expect(moved(3, "queued", "dispatched")).toEqual({
      kind: "task",
      tenant: "acme",
      execution: "exec_0123456789",
      sequence: "3".padStart(40, "0"),
      task: "a",
      from: "queued",
      to: "dispatched",
      told: [],
      at,
    });
  });

  it("pads sequence numbers, so that 9 comes before 10", () => {
    expect([moved(10, "queued", "dispatched"), moved(9, undefined, "queued")].map(({ sequence }) => sequence).sort()[0]).toMatch(/09$/);
  });
});

describe("projectEvents", () => {
  it("counts tasks by state", async () => {
    const { runtime, deps } = await world();
    const changes = [moved(1, undefined, "queued"), moved(2, "queued", "queued"), moved(3, "queued", "dispatched")];
    await projectEvents(deps, [...changes, moved(4, "dispatched", "completed")]);
    const { pk, sk } = runtime.progressKey;
    expect(runtime.tables.row(pk, sk)).toMatchObject({ count_completed: 1, lastEventAt: at });
    expect(runtime.tables.row(pk, sk)).not.toHaveProperty("count_queued");
  });

  const stored = (sequence: number, id = `e${sequence}`): StreamRow => {
    const row = readStreamRow(record(`EVT#${at}#${id}`, String(sequence), { image: { ...EVENT, event_id: id } }));
    if (row === undefined) throw new Error("no row of an event");
    return row;
  };
  const linked = (head: ChainHead, ids: readonly string[], tally: { last: number; counts?: Record<string, number> }) =>
    linkOf(head, ids.map((id) => ({ ...EVENT, event_id: id })), { counts: {}, ...tally, at, last: String(tally.last).padStart(40, "0") });
  const logOf = (runtime: Awaited<ReturnType<typeof world>>["runtime"]) =>
    [...runtime.tables.rows.values()].flatMap((row) => {
      const link = z.object({ sk: z.string().startsWith("LOG#"), head: z.string(), events: z.array(z.string()) }).safeParse(unpackLink(row));
      return link.success ? [eventsIn(link.data).map(keyOfEvent)] : [];
    });

  it("chains events in the order of the stream, and then brings the counters up to them", async () => {
    const { runtime, deps } = await world();
    runtime.tables.calls.length = 0;
    await projectEvents(deps, [stored(1), moved(2, undefined, "queued"), stored(3, "a")]);
    await projectEvents(deps, [stored(4)]);
    const first = linked(emptyChain("acme", "exec_0123456789"), ["e1", "a"], { last: 3, counts: { queued: 1 } });
    const second = linked({ length: 2, hash: first.hash }, ["e4"], { last: 4 });
    const { pk, sk } = runtime.progressKey;
    const linkAt = (key: string) => unpackLink(runtime.tables.row(pk, key) ?? {});
    expect(linkAt("LOG#0000000000")).toEqual({ pk, sk: "LOG#0000000000", ...first });
    expect(linkAt("LOG#0000000002")).toEqual({ pk, sk: "LOG#0000000002", ...second });
    expect(runtime.tables.row(pk, sk)).toMatchObject({ count_queued: 1, chainLength: 3, chainHead: second.hash });
    expect(runtime.tables.calls).toEqual(["PutCommand", "UpdateCommand", "PutCommand", "UpdateCommand"]);
  });

  it("puts no link for what tells nothing, and reads no head for it", async () => {
    const { runtime, deps } = await world();
    runtime.tables.calls.length = 0;
    await projectEvents(deps, [moved(1, undefined, "queued"), moved(2, "queued", "dispatched")]);
    expect(logOf(runtime)).toEqual([]);
    const { pk, sk } = runtime.progressKey;
    expect(runtime.tables.row(pk, sk)).toMatchObject({ count_dispatched: 1 });
    expect(runtime.tables.calls).toEqual(["UpdateCommand"]);
  });

  it("goes on after a link that was made from rows meanwhile, which leaves its place in the stream as it was", async () => {
    const { runtime, deps } = await world();
    await projectEvents(deps, [stored(1)]);
    const { chain } = await loadStanding(runtime.executions, NAME);
    const rebuilt = linkOf(chain, [{ ...EVENT, event_id: "e2" }], { at, counts: {}, rebuilt: true });
    await saveLink(runtime.executions, NAME, rebuilt);
    await saveProgress(runtime.executions, NAME, rebuilt);
    await projectEvents(deps, [stored(3)]);
    expect(logOf(runtime)).toEqual([[`${at}#e1`], [`${at}#e2`], [`${at}#e3`]]);
  });

  it("counts once what it was cut off from counting after it was chained", async () => {
    const { runtime, deps } = await world();
    const { onSend } = runtime.tables;
    runtime.tables.onSend = (name) => {
      if (name === "UpdateCommand") throw new Error("killed");
    };
    await expect(projectEvents(deps, [stored(1), moved(2, undefined, "queued")])).rejects.toThrow("killed");
    runtime.tables.onSend = onSend;
    await projectEvents({ ...deps, standings: rememberedStandings() }, [stored(1)]);
    await projectEvents({ ...deps, standings: rememberedStandings() }, [stored(1), moved(2, undefined, "queued"), stored(3)]);
    const { pk, sk } = runtime.progressKey;
    expect(logOf(runtime)).toEqual([[`${at}#e1`], [`${at}#e3`]]);
    expect(runtime.tables.row(pk, sk)).toMatchObject({ chainLength: 2, count_queued: 1 });
  });

  it("splits what is more than an item takes", async () => {
    const { runtime, deps } = await world();
    const large = (sequence: number): StreamRow => {
      const image = { ...EVENT, event_id: `e${sequence}`, facts: { text: "x".repeat(200_000) } };
      const row = readStreamRow(record(`EVT#${at}#e${sequence}`, String(sequence), { image }));
      if (row === undefined) throw new Error("no row of an event");
      return row;
    };
    await projectEvents(deps, [large(1), large(2), stored(3), large(4)]);
    expect(logOf(runtime)).toEqual([[`${at}#e1`], [`${at}#e2`, `${at}#e3`], [`${at}#e4`]]);
  });

  it("goes by the row when it remembers another standing than there is, or none", async () => {
    const { runtime, deps } = await world();
    const cold = { ...deps, standings: rememberedStandings() };
    await projectEvents(deps, [stored(1)]);
    await projectEvents(cold, [stored(1), stored(2)]);
    await projectEvents(deps, [stored(2), stored(3)]);
    await projectEvents(cold, [stored(3), stored(4)]);
    const { pk, sk } = runtime.progressKey;
    expect(logOf(runtime)).toEqual([[`${at}#e1`], [`${at}#e2`], [`${at}#e3`], [`${at}#e4`]]);
    expect(runtime.tables.row(pk, sk)).toMatchObject({ chainLength: 4 });
  });

  it("goes by the row as well with what tells nothing", async () => {
    const { runtime, deps } = await world();
    const { pk, sk } = runtime.progressKey;
    await projectEvents(deps, [moved(1, undefined, "queued")]);
    await projectEvents({ ...deps, standings: rememberedStandings() }, [moved(2, "queued", "dispatched")]);
    await projectEvents(deps, [moved(3, "dispatched", "completed")]);
    expect(runtime.tables.row(pk, sk)).toMatchObject({ count_queued: 0, count_dispatched: 0, count_completed: 1 });
    runtime.tables.calls.length = 0;
    await projectEvents(deps, [moved(4, undefined, "queued")]);
    expect(runtime.tables.calls).toEqual(["UpdateCommand"]);
  });

  it("chains an event that comes after later ones: a hot execution may be split over two shards", async () => {
    const { runtime, deps } = await world();
    await projectEvents(deps, [stored(1), stored(4)]);
    await projectEvents(deps, [stored(2), stored(3), moved(5, undefined, "queued")]);
    await projectEvents(deps, [stored(3), stored(4)]);
    const { pk, sk } = runtime.progressKey;
    expect(logOf(runtime)).toEqual([[`${at}#e1`, `${at}#e4`], [`${at}#e2`, `${at}#e3`]]);
    expect(runtime.tables.row(pk, sk)).toMatchObject({ chainLength: 4, count_queued: 1, lastSequence: "5".padStart(40, "0") });
  });

  it("never takes its place in the stream back: what counts once does not count again after a latecomer", async () => {
    const { runtime, deps } = await world();
    const { pk, sk } = runtime.progressKey;
    await projectEvents(deps, [stored(1), moved(4, undefined, "queued")]);
    await projectEvents(deps, [stored(2)]);
    expect(runtime.tables.row(pk, sk)).toMatchObject({ chainLength: 2, count_queued: 1, lastSequence: "4".padStart(40, "0") });
    await projectEvents(deps, [stored(2), moved(4, undefined, "queued")]);
    await projectEvents({ ...deps, standings: rememberedStandings() }, [moved(4, undefined, "queued")]);
    expect(runtime.tables.row(pk, sk)).toMatchObject({ chainLength: 2, count_queued: 1, lastSequence: "4".padStart(40, "0") });
  });

  it.each([
    { what: "counters that lost their place in the chain", damage: { chainLength: 0 } },
    { what: "counters of another shape", damage: { chainLength: "many", chainHead: 7 } },
  ])("goes on counting in spite of $what", async ({ damage }) => {
    const { runtime, deps } = await world();
    await projectEvents(deps, [stored(1), moved(2, undefined, "queued")]);
    const { pk, sk } = runtime.progressKey;
    runtime.tables.rows.set(`${pk} ${sk}`, { ...runtime.tables.row(pk, sk), pk, sk, ...damage });
    const cold = { ...deps, standings: rememberedStandings() };
    await projectEvents(cold, [stored(3), moved(4, "queued", "dispatched")]);
    expect(runtime.tables.row(pk, sk)).toMatchObject({ count_queued: 0, count_dispatched: 1 });
    expect(logOf(runtime)).toEqual([[`${at}#e1`]]);
  });
});
