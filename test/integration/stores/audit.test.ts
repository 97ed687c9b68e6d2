import { DeleteCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import type { AttributeValue } from "aws-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { projectEvents } from "../../../functions/project-events/project-events.ts";
import { readStreamRow, type StreamRow } from "../../../functions/project-events/stream-row.ts";
import { loadAuditTrail } from "../../../shared/execution/store/audit-store.ts";
import { loadProgress } from "../../../shared/execution/store/execution-queries.ts";
import { commitTransition, type ExecutionStore, saveSubmission } from "../../../shared/execution/store/execution-store.ts";
import { newEvent } from "../../../shared/execution/execution-events.ts";
import { GroupCommitter } from "../../../shared/aws/group-commit.ts";
import { executionPartition } from "../../../shared/execution/store/keys.ts";
import { rememberedStandings } from "../../../shared/execution/store/projection-store.ts";
import { auditExecution, loadEvents } from "../../../shared/execution/run/audit-execution.ts";
import type { Execution } from "../../../shared/execution/execution.ts";
import { headRow } from "../../fixtures/runtime/head-rows.ts";
import { openTestDynamo, type TestDynamo } from "../../fixtures/runtime/dynamo-tables.ts";
import { fakeEventBridge } from "../../fixtures/runtime/fake-client.ts";
import { completed } from "../../../shared/execution/task/attempt-transitions.ts";
import { saveRow, taskRow } from "../../fixtures/runtime/task-rows.ts";

let dynamo: TestDynamo;
let store: ExecutionStore;
const START = Date.parse("2026-11-21T10:00:00.000Z");
const timeOf = (milliseconds: number): string => new Date(START + milliseconds).toISOString();
const Image = z.record(z.string(), z.custom<AttributeValue>());

beforeAll(async () => {
  dynamo = await openTestDynamo();
  store = { db: dynamo.db, table: "executions", committer: new GroupCommitter(dynamo.db) };
});
afterAll(() => dynamo.stop());

let executions = 0;

/** An execution with tasks that were assigned and completed, and the stream of what was written. */
async function playedExecution(tasks: number): Promise<{ head: Execution; name: { tenant: string; execution: string }; stream: StreamRow[] }> {
  const executionId = `exec_${String((executions += 1)).padStart(10, "0")}`;
  const head = headRow({
    executionId,
    workflowId: "w",
    status: "submitted",
    taskCount: tasks,
    submittedAt: timeOf(0),
  });
  const name = { tenant: "acme", execution: executionId };
  await saveSubmission(store, head);
  for (let index = 0; index < tasks; index += 1) await playTask(head, `t${index}`, index);
  const { events } = await loadAuditTrail(store, name);
  const pk = executionPartition("acme", executionId);
  const stream = events.flatMap(({ key, row }, index) => [
    readStreamRow({
      dynamodb: {
        Keys: { pk: { S: pk }, sk: { S: `EVT#${key}` } },
        SequenceNumber: String(index * 2 + 1),
        NewImage: Image.parse(marshall({ pk, sk: `EVT#${key}`, ...row })),
      },
    }) ?? [],
    { kind: "task" as const, ...name, sequence: String(index * 2 + 2).padStart(40, "0"), from: undefined, to: "queued", at: timeOf(index) },
  ]);
  return { head, name, stream: stream.flat() };
}

async function playTask(head: Execution, task: string, index: number): Promise<void> {
  const [at, settledAt] = [timeOf(index * 10 + 1), timeOf(index * 10 + 5)];
  const assigned = { task_id: task, attempt: 1, agent_id: "a1", dependencies: [], estimated_duration_seconds: 0.5 };
  const done = { task_id: task, attempt: 1, agent_id: "a1", status: "success" as const, duration_seconds: 0.004 };
  const row = taskRow({ task, state: "dispatched", agentId: "a1", dispatchedAt: at });
  await saveRow(store, head, { row, events: [newEvent("agent.task_assigned", { id: `${task}.1.assigned`, at, facts: assigned })] });
  if (row.state !== "dispatched") return;
  const { row: settled } = completed(row, { output: { json: "1" }, at: settledAt });
  const events = [newEvent("task.completed", { id: `${task}.1.settled`, at: settledAt, facts: done })];
  await commitTransition(store, { head, transition: { edge: "completed", expected: row.move, row: settled, events } });
}

const bus = fakeEventBridge(async () => ({ FailedEntryCount: 0 }));
const projector = () => ({ executions: store, standings: rememberedStandings(), bus, busName: "b" });

describe("the audit chain", () => {
  it.each<{ what: string; batches: readonly (readonly [number, number])[] }>([
    { what: "in one batch", batches: [[0, 14]] },
    { what: "row by row", batches: Array.from({ length: 14 }, (_, index) => [index, index + 1] as const) },
    { what: "with whole batches again", batches: [[0, 7], [0, 7], [7, 14], [7, 14]] },
    { what: "with batches that overlap", batches: [[0, 5], [2, 9], [0, 3], [8, 14], [0, 14]] },
  ])("holds every event once when the stream comes $what", async ({ batches }) => {
    const { name, stream } = await playedExecution(3);
    const warm = projector();
    for (const [index, [from, to]] of batches.entries()) await projectEvents(index % 3 === 2 ? projector() : warm, stream.slice(from, to));
    const { chain, events, differences } = await auditExecution(store, name);
    expect(chain).toMatchObject({ length: 7, unchained: 0 });
    expect({ defect: chain.defect, events, differences }).toEqual({ defect: undefined, events: 7, differences: [] });
    expect((await loadProgress(store, name.tenant, name.execution)).byState).toEqual({ queued: 7 });
  });

  it("stays one chain when several projectors have the same batch at once", async () => {
    const { name, stream } = await playedExecution(5);
    await Promise.all(Array.from({ length: 4 }, () => projectEvents(projector(), stream)));
    expect((await auditExecution(store, name)).chain).toMatchObject({ length: 11, unchained: 0 });
    expect((await loadProgress(store, name.tenant, name.execution)).byState).toEqual({ queued: 11 });
  });

  it("takes in what comes after later rows, once", async () => {
    const { name, stream } = await playedExecution(3);
    const warm = projector();
    for (const [from, to] of [[6, 10], [0, 6], [2, 10], [10, 14]] as const) await projectEvents(warm, stream.slice(from, to));
    const { chain, differences } = await auditExecution(store, name);
    expect(chain).toMatchObject({ length: 7, unchained: 0 });
    expect({ defect: chain.defect, differences }).toEqual({ defect: undefined, differences: [] });
  });

  it("tells what is not chained yet", async () => {
    const { name, stream } = await playedExecution(2);
    await projectEvents(projector(), stream.slice(0, 4));
    expect((await auditExecution(store, name)).chain).toMatchObject({ length: 2, unchained: 3 });
    expect((await loadEvents(store, name)).map(({ event_id: id }) => id)).toEqual(["run.1.000001.submitted", "t0.1.assigned", "t0.1.settled", "t1.1.assigned", "t1.1.settled"]);
  });

  it("reaches over many pages of rows", async () => {
    const { name, stream } = await playedExecution(600);
    const warm = projector();
    for (let start = 0; start < stream.length; start += 500) await projectEvents(warm, stream.slice(start, start + 500));
    const { chain, differences } = await auditExecution(store, name);
    expect(chain).toMatchObject({ length: 1201, unchained: 0 });
    expect({ defect: chain.defect, differences }).toEqual({ defect: undefined, differences: [] });
  });
});

describe("tampering", () => {
  /** Changes a row behind everybody's back. */
  const alter = (name: { tenant: string; execution: string }, sk: string, set: string, value: unknown) =>
    dynamo.db.send(
      new UpdateCommand({
        TableName: "executions",
        Key: { pk: executionPartition(name.tenant, name.execution), sk },
        UpdateExpression: `SET ${set} = :value`,
        ExpressionAttributeNames: Object.fromEntries([...set.matchAll(/#(\w+)/g)].map(([placeholder, attribute = ""]) => [placeholder, attribute])),
        ExpressionAttributeValues: { ":value": value },
      }),
    );
  const remove = (name: { tenant: string; execution: string }, sk: string) =>
    dynamo.db.send(new DeleteCommand({ TableName: "executions", Key: { pk: executionPartition(name.tenant, name.execution), sk } }));

  const SETTLED = "2026-11-21T10:00:00.015Z#t1.1.settled";
  it.each<{ what: string; tamper: (name: { tenant: string; execution: string }) => Promise<unknown>; defect: object }>([
    {
      what: "a fact of an event",
      tamper: (name) => alter(name, `EVT#${SETTLED}`, "#facts.#status", "failed"),
      defect: { kind: "event_altered", index: 4, link: "0000000003", event: SETTLED },
    },
    { what: "an event that is gone", tamper: (name) => remove(name, `EVT#${SETTLED}`), defect: { kind: "event_missing", index: 4, event: SETTLED } },
    { what: "a link", tamper: (name) => alter(name, "LOG#0000000003", "#keys[0]", SETTLED), defect: { kind: "link_altered", index: 3, link: "0000000003" } },
    { what: "a link that is gone", tamper: (name) => remove(name, "LOG#0000000003"), defect: { kind: "link_missing", index: 3, link: "0000000003" } },
    { what: "the counters' head", tamper: (name) => alter(name, "PROGRESS", "#chainHead", "f".repeat(64)), defect: { kind: "head_altered", index: 5 } },
  ])("shows in $what", async ({ tamper, defect }) => {
    const { name, stream } = await playedExecution(2);
    const warm = projector();
    await projectEvents(warm, stream.slice(0, 6));
    await projectEvents(warm, stream.slice(6));
    await tamper(name);
    expect((await auditExecution(store, name)).chain.defect).toMatchObject(defect);
  });

  it("shows in a row that its events do not lead to", async () => {
    const { name, stream } = await playedExecution(2);
    await projectEvents(projector(), stream);
    await alter(name, "TASK#t1", "#state", "failed");
    const { differences } = await auditExecution(store, name);
    expect(differences).toEqual([{ task: "t1", field: "state", replayed: "completed", stored: "failed" }]);
  });
});
