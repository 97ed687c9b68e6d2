import { GetCommand, PutCommand, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { reconcileExecutions } from "../../../functions/reconcile-executions/reconcile-executions.ts";
import { allTasks, listExecutions, listTasks } from "../../../shared/execution/store/execution-queries.ts";
import { type Page, type PageRequest } from "../../../shared/aws/page.ts";
import { appendEvent, commitExecution, commitTransition, type ExecutionStore, loadExecution, loadTask, loadTasks, saveSubmission } from "../../../shared/execution/store/execution-store.ts";
import { newEvent } from "../../../shared/execution/new-event.ts";
import { GroupCommitter, type Write } from "../../../shared/aws/group-commit.ts";
import { RowReader } from "../../../shared/aws/row-reader.ts";
import { findParked, removeParked, saveParked } from "../../../shared/execution/store/parking-lot.ts";
import { Execution } from "../../../shared/execution/execution.ts";
import { type TaskRecord } from "../../../shared/execution/task/task-record.ts";
import { openTestDynamo, type TestDynamo } from "../../fixtures/runtime/dynamo-tables.ts";
import { fakeDocumentClient, fakeSfn } from "../../fixtures/runtime/fake-client.ts";
import { controlOf } from "../../fixtures/runtime/memory-control.ts";
import { MemoryRuntime, planOf, task } from "../../fixtures/runtime/memory-runtime.ts";
import { assigned } from "../../../shared/execution/task/attempt-transitions.ts";
import { cancelled, reset } from "../../../shared/execution/task/steering-transitions.ts";
import { pendingTask } from "../../../shared/execution/task/transition.ts";
import { loadEvents } from "../../../shared/execution/run/audit-execution.ts";
import { saveRow, taskRow } from "../../fixtures/runtime/task-rows.ts";
import { finished, started } from "../../../shared/execution/lifecycle/execution-transitions.ts";
import { headRow } from "../../fixtures/runtime/head-rows.ts";

const Transaction = z.object({ TransactItems: z.array(z.custom<Write>()) });
const Plain = z.custom<NonNullable<Write["Put"]>>();

let dynamo: TestDynamo;
let store: ExecutionStore;
const plan = planOf([task("a")]);
const AT = "2026-11-21T10:00:00.000Z";

beforeAll(async () => {
  dynamo = await openTestDynamo();
  const { db } = dynamo;
  store = { db, table: "executions", committer: new GroupCommitter(db) };
});
afterAll(() => dynamo.stop());

let executions = 0;
async function submitted(more: Partial<Execution> = {}): Promise<Execution> {
  const execution = headRow({
    executionId: `exec_${String((executions += 1)).padStart(10, "0")}`,
    plan: plan.planHash,
    status: "submitted",
    submittedAt: AT,
    ...more,
  });
  expect(await saveSubmission(store, execution)).toBe("written");
  return execution;
}

const parkedEvent = (id: string) => newEvent("task.parked", { id, at: AT, facts: { task_id: "a", attempt: 0, reason: "inputs" } });
const rowOf = (task: string, more: object = {}): TaskRecord => taskRow({ task, state: "queued", attempt: 0, queuedAt: AT, ...more });
const assignment = {
  run: 1, token: "t", contextId: "c", messageId: "m", pushSecretHash: "h",
  at: AT, deadlineAt: AT, dependencies: [], estimateSeconds: 1,
};
const racers = Array.from({ length: 32 }, (_, index) => index);
/** A store with a committer of its own, as another function has. */
const another = (): ExecutionStore => ({ ...store, committer: new GroupCommitter(dynamo.db) });

describe("tasks", () => {
  it("are created by one of 32 who try at once, with its event and nobody else's", async () => {
    const head = await submitted();
    const outcomes = await Promise.all(
      racers.map((index) => saveRow(another(), head, { row: rowOf("a", { token: `token-${index}` }), events: [parkedEvent(`a.1.parked-${index}`)] })),
    );
    expect(outcomes.filter((outcome) => outcome === "written")).toHaveLength(1);
    const winner = outcomes.indexOf("written");
    expect(await loadTask(store, { tenant: "acme", execution: head.executionId, task: "a" })).toMatchObject({ token: `token-${winner}` });
    expect((await loadEvents(store, { tenant: "acme", execution: head.executionId })).map(({ event_id: id }) => id).sort()).toEqual([`a.1.parked-${winner}`, "run.1.000001.submitted"]);
  });

  it("are moved by one of 32 who try at once", async () => {
    const head = await submitted();
    const queued = pendingTask("a", { run: 1, token: "t" });
    await saveRow(store, head, { row: { ...queued, move: 1 } });
    const outcomes = await Promise.all(
      racers.map((index) => {
        const transition = assigned({ ...queued, move: 1 }, { ...assignment, agentId: `agent-${index}` });
        return commitTransition(another(), { head, transition });
      }),
    );
    expect(outcomes.filter((outcome) => outcome === "written")).toHaveLength(1);
  });

  it("stay as they are for a mover who saw an older move", async () => {
    const head = await submitted();
    const before = rowOf("a", { state: "dispatched", attempt: 1, move: 2 });
    await saveRow(store, head, { row: before });
    const older = cancelled({ ...before, move: 1 }, AT);
    expect(await commitTransition(store, { head, transition: older })).toBe("stale");
    expect(await loadTask(store, { tenant: "acme", execution: head.executionId, task: "a" })).toEqual(before);
    expect(await loadEvents(store, { tenant: "acme", execution: head.executionId })).toHaveLength(1);
  });

  it("do not appear by being moved", async () => {
    const head = await submitted();
    const transition = cancelled(rowOf("ghost", { state: "queued" }), AT);
    expect(await commitTransition(store, { head, transition })).toBe("stale");
  });

  it("keep nothing of the state they leave", async () => {
    const head = await submitted();
    const running = taskRow({ task: "a", state: "running", agentId: "a1", deadlineAt: AT, hedgedAt: AT });
    await saveRow(store, head, { row: running });
    const transition = reset(running, { run: 2, at: AT, reason: "rerun", decision: undefined, input: undefined });
    expect(await commitTransition(store, { head, transition })).toBe("written");
    const Key = { pk: `T#acme#X#${head.executionId}`, sk: "TASK#a" };
    const { Item = {} } = await store.db.send(new GetCommand({ TableName: store.table, Key }));
    expect(Object.keys(Item).sort()).toEqual(["attempt", "move", "pk", "queuedAt", "retryBase", "run", "sk", "state", "task", "token", "told"]);
  });

  it("are created 200 at once, a stale and a malformed one among them, in a few transactions", async () => {
    const head = await submitted();
    await saveRow(store, head, { row: rowOf("t7") });
    let transactions = 0;
    const counting = fakeDocumentClient(({ input }) => {
      transactions += 1;
      const { data } = Transaction.safeParse(input);
      return data === undefined ? dynamo.db.send(new PutCommand(Plain.parse(input))) : dynamo.db.send(new TransactWriteCommand(data));
    });
    const grouped = { ...store, committer: new GroupCommitter(counting) };
    const outcomes = await Promise.allSettled(
      Array.from({ length: 200 }, (_, index) => {
        const failure = index === 13 ? { failure: { code: "x", message: "x".repeat(420_000) } } : {};
        return saveRow(grouped, head, { row: rowOf(`t${index}`, failure), events: [parkedEvent(`t${index}.1.parked`)] });
      }),
    );
    const told = outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value : "failed"));
    expect([told[7], told[13]]).toEqual(["stale", "failed"]);
    expect(told.filter((outcome) => outcome === "written")).toHaveLength(198);
    let count = 0;
    for await (const record of allTasks(store, { tenant: "acme", execution: head.executionId })) count += record.task === "" ? 0 : 1;
    expect(count).toBe(199);
    // Two groups of 100 writes, one again without the stale one, and one change by change.
    expect(transactions).toBeLessThan(110);
  });

  it("are read in one go however many, absent ones left out", async () => {
    const head = await submitted();
    const ids = Array.from({ length: 130 }, (_, index) => `t${index}`);
    await Promise.all(ids.map((id) => saveRow(store, head, { row: rowOf(id) })));
    const refs = ["ghost", ...ids, ...ids].map((id) => ({ tenant: "acme", execution: head.executionId, task: id }));
    expect((await loadTasks(store, refs)).size).toBe(130);
  });
});

describe("executions", () => {
  it("are submitted once", async () => {
    const execution = await submitted();
    const outcomes = await Promise.all(racers.map(() => saveSubmission(another(), execution)));
    expect(new Set(outcomes)).toEqual(new Set(["stale"]));
  });

  it("move only from where they were seen, and leave the open ones when they end", async () => {
    const execution = await submitted({ tenant: "moving" });
    const start = started(execution, { at: AT, deadlineAt: AT });
    expect(await commitExecution(store, { transition: { ...start, before: { ...execution, move: 2 } } })).toBe("stale");
    expect(await commitExecution(store, { transition: start })).toBe("written");
    expect(await commitExecution(store, { transition: start })).toBe("stale");
    const seen: string[] = [];
    const sweep = () =>
      reconcileExecutions({
        ...controlOf(new MemoryRuntime(planOf([task("a")]))).deps,
        executions: store,
        control: { db: store.db, table: "control" },
        sfn: fakeSfn(async ({ input }) => {
          seen.push(JSON.stringify(input));
          return { status: "RUNNING" };
        }),
        now: () => new Date("2026-11-21T11:00:00.000Z"),
        report: async () => {},
      });
    await sweep();
    expect(seen.some((arn) => arn.includes(execution.executionId))).toBe(true);
    seen.length = 0;
    await commitExecution(store, { transition: finished(start.row, { to: "completed", at: AT }) });
    await sweep();
    expect(seen.some((arn) => arn.includes(execution.executionId))).toBe(false);
    const { rows } = await listExecutions(store, { tenant: "moving", status: "completed" }, { limit: 10 });
    expect(rows.map(({ executionId }) => executionId)).toEqual([execution.executionId]);
    expect((await listExecutions(store, { tenant: "moving", status: "submitted" }, { limit: 10 })).rows).toEqual([]);
  });

  it("of one tenant are not found by another", async () => {
    const execution = await submitted();
    await expect(loadExecution(store, "other", execution.executionId)).rejects.toMatchObject({ name: "NotFound" });
  });
});

describe("listings", () => {
  async function pages<Row>(list: (page: PageRequest) => Promise<Page<Row>>, limit: number): Promise<Row[]> {
    const rows: Row[] = [];
    let after: Record<string, unknown> | undefined;
    do {
      const page = await list({ limit, after });
      rows.push(...page.rows);
      after = page.next;
    } while (after !== undefined);
    return rows;
  }

  it.each([
    { by: "tenant", filter: {} },
    { by: "workflow", filter: { workflowId: "drawn" } },
    { by: "status", filter: { status: "submitted" as const } },
    { by: "workflow and status", filter: { workflowId: "drawn", status: "submitted" as const } },
  ])("of executions by $by give every row once, newest first", async ({ by, filter }) => {
    const tenant = `list-${by.replaceAll(" ", "-")}`;
    for (let index = 0; index < 7; index += 1) await submitted({ tenant, submittedAt: new Date(Date.parse(AT) + index).toISOString() });
    const rows = await pages((page) => listExecutions(store, { tenant, ...filter }, page), 3);
    expect(rows.map(({ submittedAt }) => Date.parse(submittedAt) - Date.parse(AT))).toEqual([6, 5, 4, 3, 2, 1, 0]);
  });

  it("of tasks give every row once, and none of another kind", async () => {
    const head = await submitted();
    for (const id of ["a", "b", "c", "d", "e"]) await saveRow(store, head, { row: rowOf(id), events: [parkedEvent(`${id}.1.parked`)] });
    const place = { tenant: "acme", execution: head.executionId };
    expect((await pages((page) => listTasks(store, place, page), 2)).map((record) => record.task)).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("keep an event once that is told twice", async () => {
    const head = await submitted();
    await appendEvent(store, head, parkedEvent("same"));
    await appendEvent(store, head, parkedEvent("same"));
    expect(await loadEvents(store, { tenant: "acme", execution: head.executionId })).toHaveLength(2);
  });
});

describe("the parking lot", () => {
  const message = (execution: string, id: string) => ({
    run: { tenant: "acme", execution, run: 1, plan: plan.planHash, queue: "q" },
    task: id,
    token: "x".repeat(1000),
  });

  const inputOf = (execution: string, task = "input") => ({ tenant: "acme", execution, task });
  const names = async (execution: string, waiting: readonly string[], task?: string): Promise<string[]> => {
    const parked = await findParked(new RowReader(dynamo.db, "executions"), inputOf(execution, task), waiting);
    return parked.map((one) => one.message.task).sort();
  };

  it("gives back everybody who waits for a task, however many, and nobody else", async () => {
    const { executionId } = await submitted();
    const waiting = Array.from({ length: 1200 }, (_, index) => `w${index}`);
    for (let start = 0; start < waiting.length; start += 100) {
      const some = waiting.slice(start, start + 100);
      await Promise.all(some.map((id) => saveParked(store, { on: "input", message: message(executionId, id) })));
    }
    await saveParked(store, { on: "input2", message: message(executionId, "stranger") });
    expect(await names(executionId, [...waiting, "stranger", "absent"])).toEqual([...waiting].sort());
    for (const id of ["w0", "w1", "w2"]) await removeParked(store, { on: "input", message: message(executionId, id) });
    expect(await names(executionId, waiting)).toHaveLength(1197);
  });

  it("keeps a task that parked on another input meanwhile", async () => {
    const { executionId } = await submitted();
    const parked = { on: "input", message: message(executionId, "join") };
    await saveParked(store, parked);
    await saveParked(store, { ...parked, on: "other" });
    await removeParked(store, parked);
    expect(await names(executionId, ["join"], "other")).toEqual(["join"]);
    expect(await names(executionId, ["join"])).toEqual([]);
  });
});
