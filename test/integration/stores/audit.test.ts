import { DeleteCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectEvents } from "../../../functions/project-events/project-events.ts";
import type { StreamRow } from "../../../shared/execution/store/stream-row.ts";
import { loadProgress } from "../../../shared/execution/store/execution-queries.ts";
import { appendEvent, commitTransition, type ExecutionStore, saveSubmission } from "../../../shared/execution/store/execution-store.ts";
import { GroupCommitter } from "../../../shared/aws/group-commit.ts";
import { executionPartition } from "../../../shared/execution/store/keys.ts";
import { rememberedOrigins, rememberedStandings } from "../../../shared/execution/store/projection-store.ts";
import { listEvents } from "../../../shared/execution/store/log-queries.ts";
import { rebuildLog } from "../../../shared/execution/run/rebuild-log.ts";
import { auditExecution, loadEvents } from "../../../shared/execution/run/audit-execution.ts";
import { recorded } from "../../../shared/execution/lifecycle/execution-transitions.ts";
import { newEvent, storedEvent } from "../../../shared/execution/new-event.ts";
import type { Execution } from "../../../shared/execution/execution.ts";
import { headRow } from "../../fixtures/runtime/head-rows.ts";
import { openTestDynamo, type TestDynamo } from "../../fixtures/runtime/dynamo-tables.ts";
import { assigned, completed } from "../../../shared/execution/task/attempt-transitions.ts";
import type { TaskRecord } from "../../../shared/execution/task/task-record.ts";
import { pendingTask } from "../../../shared/execution/task/transition.ts";
import { streamOf } from "../../fixtures/runtime/memory-stream.ts";
import type { Change } from "../../fixtures/runtime/memory-table.ts";

let dynamo: TestDynamo;
let store: ExecutionStore;
const START = Date.parse("2026-11-21T10:00:00.000Z");
const timeOf = (milliseconds: number): string => new Date(START + milliseconds).toISOString();

beforeAll(async () => {
  dynamo = await openTestDynamo();
  store = { db: dynamo.db, table: "executions", committer: new GroupCommitter(dynamo.db) };
});
afterAll(() => dynamo.stop());

let executions = 0;

/** An execution with tasks that were assigned and completed, and the stream of what was written. */
async function playedExecution(tasks: number): Promise<{ head: Execution; name: { tenant: string; execution: string }; stream: StreamRow[] }> {
  const executionId = `exec_${String((executions += 1)).padStart(10, "0")}`;
  const head = recorded(headRow({
    executionId,
    workflowId: "w",
    status: "submitted",
    taskCount: tasks,
    submittedAt: timeOf(0),
  }));
  const name = { tenant: "acme", execution: executionId };
  await saveSubmission(store, head);
  const lives: (readonly [Move, Move])[] = [];
  for (let index = 0; index < tasks; index += 1) lives.push(await playTask(head, `t${index}`, index));
  const pk = executionPartition("acme", executionId);
  const submitted: Change = { old: undefined, image: { pk, sk: "META", ...head } };
  const moves = lives.flat().map(({ old, row }): Change => {
    const imageOf = (image: TaskRecord | undefined) => (image === undefined ? undefined : { pk, sk: `TASK#${image.task}`, ...image });
    return { old: imageOf(old), image: imageOf(row) };
  });
  return { head, name, stream: streamOf([submitted, ...moves]) };
}

interface Move {
  readonly old: TaskRecord | undefined;
  readonly row: TaskRecord;
}

/** A task that was assigned and completed. */
async function playTask(head: Execution, task: string, index: number): Promise<readonly [Move, Move]> {
  const [at, settledAt] = [timeOf(index * 10 + 1), timeOf(index * 10 + 5)];
  const assignment = { agentId: "a1", contextId: "c", messageId: "m", pushSecretHash: "h", run: 1, token: "t", at, deadlineAt: timeOf(60_000) };
  const first = assigned(pendingTask(task, { run: 1, token: "t" }), { ...assignment, dependencies: [], estimateSeconds: 0.5 });
  const second = completed(first.row, { output: { json: "1" }, at: settledAt });
  for (const transition of [first, second]) expect(await commitTransition(store, { head, transition })).toBe("written");
  return [{ old: undefined, row: first.row }, { old: first.row, row: second.row }];
}

const projector = () => ({ executions: store, standings: rememberedStandings(), origins: rememberedOrigins() });

describe("the audit chain", () => {
  it.each<{ what: string; batches: readonly (readonly [number, number])[] }>([
    { what: "in one batch", batches: [[0, 7]] },
    { what: "row by row", batches: Array.from({ length: 7 }, (_, index) => [index, index + 1] as const) },
    { what: "with whole batches again", batches: [[0, 4], [0, 4], [4, 7], [4, 7]] },
    { what: "with batches that overlap", batches: [[0, 3], [1, 5], [0, 2], [4, 7], [0, 7]] },
  ])("holds every event once when the stream comes $what", async ({ batches }) => {
    const { name, stream } = await playedExecution(3);
    const warm = projector();
    for (const [index, [from, to]] of batches.entries()) await projectEvents(index % 3 === 2 ? projector() : warm, stream.slice(from, to));
    const { chain, events, differences } = await auditExecution(store, name);
    expect(chain).toMatchObject({ length: 7, unchained: 0 });
    expect({ defect: chain.defect, events, differences }).toEqual({ defect: undefined, events: 7, differences: [] });
    expect((await loadProgress(store, name.tenant, name.execution)).byState).toEqual({ completed: 3 });
  });

  it("stays one chain when several projectors have the same batch at once", async () => {
    const { name, stream } = await playedExecution(5);
    await Promise.all(Array.from({ length: 4 }, () => projectEvents(projector(), stream)));
    expect((await auditExecution(store, name)).chain).toMatchObject({ length: 11, unchained: 0 });
    expect((await loadProgress(store, name.tenant, name.execution)).byState).toEqual({ completed: 5 });
  });

  it("takes in what comes after later rows, once", async () => {
    const { name, stream } = await playedExecution(3);
    const warm = projector();
    for (const [from, to] of [[3, 5], [0, 3], [1, 5], [5, 7]] as const) await projectEvents(warm, stream.slice(from, to));
    const { chain, differences } = await auditExecution(store, name);
    expect(chain).toMatchObject({ length: 7, unchained: 0 });
    expect({ defect: chain.defect, differences }).toEqual({ defect: undefined, differences: [] });
  });

  it("is whole again from rows alone when nothing was projected and the stream is gone, and takes no event twice after all", async () => {
    const { name, stream } = await playedExecution(3);
    expect(await rebuildLog(store, name)).toBe(7);
    expect(await rebuildLog(store, name)).toBe(0);
    await projectEvents(projector(), stream);
    const { chain, differences } = await auditExecution(store, name);
    expect(chain).toMatchObject({ length: 7, unchained: 0 });
    expect({ defect: chain.defect, differences }).toEqual({ defect: undefined, differences: [] });
    expect((await loadProgress(store, name.tenant, name.execution)).byState).toEqual({ completed: 3 });
    const first = await listEvents(store, name, { limit: 5, descending: true });
    const rest = await listEvents(store, name, { limit: 5, descending: true, after: first.next });
    expect([...first.rows, ...rest.rows].map(({ event_id: id }) => id)).toEqual((await loadEvents(store, name)).map(({ event_id: id }) => id).toReversed());
    expect(rest.next).toBeUndefined();
  });

  it("tells what is not chained yet", async () => {
    const { name, stream } = await playedExecution(2);
    await projectEvents(projector(), stream.slice(0, 2));
    expect((await auditExecution(store, name)).chain).toMatchObject({ length: 2, unchained: 3 });
    expect((await loadEvents(store, name)).map(({ event_id: id }) => id)).toEqual(["run.1.000001.submitted", "t0.1.assigned", "t0.2.settled", "t1.1.assigned", "t1.2.settled"]);
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

  const SETTLED = "2026-11-21T10:00:00.015Z#t1.2.settled";
  const SUBMITTED = "2026-11-21T10:00:00.000Z#run.1.000001.submitted";
  const IGNORED = "2026-11-21T10:00:00.050Z#t1.2.ignored";
  const FORGED = '[2,1,"2026-11-21T10:00:00.015Z",[["task.completed","settled",{"status":"failed"}]]]';
  it.each<{ what: string; tamper: (name: { tenant: string; execution: string }) => Promise<unknown>; defect: object }>([
    {
      what: "a fact that a task told",
      tamper: (name) => alter(name, "TASK#t1", "#told[1]", FORGED),
      defect: { kind: "event_altered", index: 4, link: "0000000003", event: SETTLED },
    },
    { what: "a task that tells nothing any more", tamper: (name) => alter(name, "TASK#t1", "#told[1]", "x"), defect: { kind: "event_missing", index: 4, event: SETTLED } },
    { what: "a task that is gone", tamper: (name) => remove(name, "TASK#t1"), defect: { kind: "event_missing", index: 3 } },
    {
      what: "a fact that the head told",
      tamper: (name) => alter(name, "META", "#told[0]", '[1,1,"2026-11-21T10:00:00.000Z",[["workflow.status_changed","submitted",{"new_status":"failed"}]]]'),
      defect: { kind: "event_altered", index: 0, link: "0000000000", event: SUBMITTED },
    },
    { what: "a head that tells nothing any more", tamper: (name) => alter(name, "META", "#told[0]", "x"), defect: { kind: "event_missing", index: 0, event: SUBMITTED } },
    {
      what: "a fact of an event with a row of its own",
      tamper: (name) => alter(name, `EVT#${IGNORED}`, "#facts.#reason", "forged"),
      defect: { kind: "event_altered", index: 5, link: "0000000003", event: IGNORED },
    },
    { what: "an event that is gone", tamper: (name) => remove(name, `EVT#${IGNORED}`), defect: { kind: "event_missing", index: 5, event: IGNORED } },
    { what: "a link", tamper: (name) => alter(name, "LOG#0000000003", "#packed", new Uint8Array([3, 0])), defect: { kind: "link_altered", index: 3, link: "0000000003" } },
    { what: "events beside those of a link", tamper: (name) => alter(name, "LOG#0000000003", "#events", ["{}"]), defect: { kind: "link_altered", index: 3, link: "0000000003" } },
    { what: "a link's counters", tamper: (name) => alter(name, "LOG#0000000003", "#tally.#at", "later"), defect: { kind: "link_altered", index: 3, link: "0000000003" } },
    { what: "a link that is gone", tamper: (name) => remove(name, "LOG#0000000003"), defect: { kind: "link_missing", index: 3, link: "0000000003" } },
    { what: "the counters' head", tamper: (name) => alter(name, "PROGRESS", "#chainHead", "f".repeat(64)), defect: { kind: "head_altered", index: 6 } },
  ])("shows in $what", async ({ tamper, defect }) => {
    const { head, name, stream } = await playedExecution(2);
    const facts = { task_id: "t1", attempt: 1, agent_id: "a1", reason: "it came late" };
    const ignored = newEvent("task.result_ignored", { id: "t1.2.ignored", at: timeOf(50), facts });
    await appendEvent(store, head, ignored);
    const image = { pk: executionPartition("acme", name.execution), sk: `EVT#${IGNORED}`, ...storedEvent(head, ignored) };
    const warm = projector();
    await projectEvents(warm, stream.slice(0, 3));
    await projectEvents(warm, [...stream.slice(3), ...streamOf([{ old: undefined, image }], stream.length + 1)]);
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
