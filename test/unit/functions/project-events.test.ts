import { marshall } from "@aws-sdk/util-dynamodb";
import type { AttributeValue, DynamoDBRecord } from "aws-lambda";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { projectEvents } from "../../../functions/project-events/project-events.ts";
import { readStreamRow, type Transition } from "../../../functions/project-events/stream-row.ts";
import { fakeEventBridge } from "../../fixtures/runtime/fake-client.ts";
import { startedRuntime } from "../../fixtures/runtime/memory-runtime.ts";

const Entries = z.object({ Entries: z.array(z.looseObject({ Detail: z.string() })) });

const PK = "T#acme#X#exec_0123456789";

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

async function world(reply: (entries: readonly object[]) => object = () => ({ FailedEntryCount: 0 })) {
  const runtime = await startedRuntime();
  const calls: z.infer<typeof Entries>[] = [];
  const send = async ({ input }: { input: object }) => {
    const entries = Entries.parse(input);
    calls.push(entries);
    return reply(entries.Entries);
  };
  return { runtime, calls, deps: { db: runtime.tables.client, table: "executions", bus: fakeEventBridge(send), busName: "bus" } };
}

const moved = (sequence: number, from: string | undefined, to: string): Transition => {
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
      from: "queued",
      to: "dispatched",
      at,
    });
  });

  it("pads sequence numbers, so that 9 comes before 10", () => {
    expect([moved(10, "queued", "dispatched"), moved(9, undefined, "queued")].map(({ sequence }) => sequence).sort()[0]).toMatch(/09$/);
  });
});

describe("projectEvents", () => {
  it("puts events on the bus with their facts beside the head, ten to a call", async () => {
    const { calls, deps } = await world();
    const rows = Array.from({ length: 23 }, (_, index) => readStreamRow(record(`EVT#${at}#${index}`, String(index), { image: EVENT })) ?? []).flat();
    await projectEvents(deps, rows);
    expect(calls.map(({ Entries: entries }) => entries.length)).toEqual([10, 10, 3]);
    expect(calls[0]?.Entries[0]).toMatchObject({ EventBusName: "bus", Source: "a2a.orchestrator", DetailType: "task.completed" });
    expect(JSON.parse(calls[0]?.Entries[0]?.Detail ?? "")).toMatchObject({ event_id: "e1", task_id: "a", tenant: "acme" });
  });

  it("fails when the bus did not take every event, so that the batch comes again", async () => {
    const { deps } = await world(() => ({ FailedEntryCount: 1 }));
    const rows = [readStreamRow(record(`EVT#${at}#1`, "1", { image: EVENT })) ?? []].flat();
    await expect(projectEvents(deps, rows)).rejects.toMatchObject({ name: "StoreUnavailable" });
  });

  it("counts tasks by state", async () => {
    const { runtime, deps } = await world();
    const changes = [moved(1, undefined, "queued"), moved(2, "queued", "queued"), moved(3, "queued", "dispatched")];
    await projectEvents(deps, [...changes, moved(4, "dispatched", "completed")]);
    const { pk, sk } = runtime.progressKey;
    expect(runtime.tables.row(pk, sk)).toMatchObject({ count_completed: 1, lastEventAt: at });
    expect(runtime.tables.row(pk, sk)).not.toHaveProperty("count_queued");
  });
});
