import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { marshall } from "@aws-sdk/util-dynamodb";
import type { DynamoDBRecord } from "aws-lambda";
import { describe, expect, it } from "vitest";
import { projectEvents } from "../../../functions/project-events/project-events.ts";
import { readStreamRow, type StreamRow } from "../../../functions/project-events/stream-row.ts";
import { transitionsOf } from "../../../functions/project-events/transitions.ts";
import { startedRuntime } from "../../fixtures/runtime/memory-runtime.ts";

const PK = "T#acme#X#exec_0123456789";

const record = (sk: string, sequence: string, images: { image?: object; old?: object }): DynamoDBRecord => ({
  dynamodb: {
    Keys: { sk: { S: sk } },
    SequenceNumber: sequence,
    ...(images.image === undefined ? {} : { NewImage: marshall({ pk: PK, sk, ...images.image }) as Record<string, { S: string }> }),
    ...(images.old === undefined ? {} : { OldImage: marshall({ pk: PK, sk, ...images.old }) as Record<string, { S: string }> }),
  },
});

const at = "2026-11-21T10:00:00.000Z";
const EVENT = { version: 1, event_id: "e1", type: "task.completed", tenant: "acme", workflow_id: "w", execution_id: "exec_0123456789", trace_id: "t", timestamp: at, facts: { task_id: "a" } };

async function world(reply: (entries: readonly object[]) => object = () => ({ FailedEntryCount: 0 })) {
  const runtime = await startedRuntime();
  const calls: object[][] = [];
  const send = async ({ input }: { input: { Entries: object[] } }) => {
    calls.push(input.Entries);
    return reply(input.Entries);
  };
  return { runtime, calls, deps: { db: runtime.tables.client, table: "executions", bus: { send } as unknown as EventBridgeClient, busName: "bus" } };
}

const moved = (sequence: number, from: string | undefined, to: string): StreamRow => {
  const row = readStreamRow(record("TASK#a", String(sequence), { image: { state: to, queuedAt: at }, ...(from === undefined ? {} : { old: { state: from } }) }));
  if (row === undefined) throw new Error("no row");
  return row;
};

describe("readStreamRow", () => {
  it.each([
    { what: "a head", given: record("META", "1", { image: {} }) },
    { what: "a counter", given: record("PROGRESS", "1", { image: {} }) },
    { what: "a parked task", given: record("PARK#TASK#a#b", "1", { image: {} }) },
    { what: "a deletion", given: record("TASK#a", "1", { old: { state: "queued" } }) },
    { what: "an empty record", given: {} },
  ])("passes over $what", ({ given }) => {
    expect(readStreamRow(given)).toBeUndefined();
  });

  it("pads sequence numbers, so that 9 comes before 10", () => {
    expect([moved(10, "queued", "dispatched"), moved(9, undefined, "queued")].map(({ sequence }) => sequence).sort()[0]).toMatch(/09$/);
  });
});

describe("transitionsOf", () => {
  it("counts changes of state only", () => {
    expect(transitionsOf([moved(1, undefined, "queued"), moved(2, "queued", "queued"), moved(3, "queued", "dispatched")])).toEqual([
      { tenant: "acme", execution: "exec_0123456789", sequence: "1".padStart(40, "0"), from: undefined, to: "queued", at },
      { tenant: "acme", execution: "exec_0123456789", sequence: "3".padStart(40, "0"), from: "queued", to: "dispatched", at },
    ]);
  });
});

describe("projectEvents", () => {
  it("puts events on the bus with their facts beside the head, ten to a call", async () => {
    const { calls, deps } = await world();
    const rows = Array.from({ length: 23 }, (_, index) => readStreamRow(record(`EVT#${at}#${index}`, String(index), { image: EVENT })) ?? []).flat();
    await projectEvents(deps, rows);
    expect(calls.map(({ length }) => length)).toEqual([10, 10, 3]);
    expect(calls[0]?.[0]).toMatchObject({ EventBusName: "bus", Source: "a2a.orchestrator", DetailType: "task.completed" });
    expect(JSON.parse(String((calls[0]?.[0] as { Detail: string }).Detail))).toMatchObject({ event_id: "e1", task_id: "a", tenant: "acme" });
  });

  it("fails when the bus did not take every event, so that the batch comes again", async () => {
    const { deps } = await world(() => ({ FailedEntryCount: 1 }));
    const rows = [readStreamRow(record(`EVT#${at}#1`, "1", { image: EVENT })) ?? []].flat();
    await expect(projectEvents(deps, rows)).rejects.toMatchObject({ name: "StoreUnavailable" });
  });

  it("counts tasks by state", async () => {
    const { runtime, deps } = await world();
    await projectEvents(deps, [moved(1, undefined, "queued"), moved(2, "queued", "dispatched"), moved(3, "dispatched", "completed")]);
    const { pk, sk } = runtime.progressKey;
    expect(runtime.tables.row(pk, sk)).toMatchObject({ count_completed: 1, lastEventAt: at });
    expect(runtime.tables.row(pk, sk)).not.toHaveProperty("count_queued");
  });
});
