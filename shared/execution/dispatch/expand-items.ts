import { newEvent } from "../store/execution-store.ts";
import { openEach } from "../store/each-store.ts";
import { savePayload } from "../store/payload-store.ts";
import { evaluateList, ExpressionError, expressionOf } from "../../expression/expression.ts";
import { itemName, scatterOf } from "../task/for-each.ts";
import { AWS_QUOTAS, LIMITS } from "../../core/limits.ts";
import { scopeOf, TASK_VARIABLES } from "../attempt/expression-scope.ts";
import { waitsFor } from "../run/graph-run.ts";
import { settleScatter } from "../attempt/settle-scatter.ts";
import { settleItems } from "../attempt/settle-items.ts";
import { isoNow, type Runtime } from "../runtime/runtime.ts";
import type { TaskRecord } from "../execution.ts";
import type { TaskMessage } from "../messages.ts";
import type { Step } from "./begin-task.ts";
import { attemptOf, blankRecord, type Candidate, refOf, writeTask } from "./candidate.ts";
import { endNow, type Known } from "./settle-now.ts";

/**
 * Turns a `for_each` into its instances: the list is kept, the first instances are queued, and each that settles
 * queues the next (see `shared/execution/attempt/settle-items.ts`). The machine, or the graph, sees one task.
 */
export async function expandItems(runtime: Runtime, candidate: Candidate, known: Known): Promise<Step> {
  const { record } = known;
  const list = await listOf(runtime, candidate, known);
  if (list.length === 0) return endNow(runtime, candidate, { record, state: "completed", output: [] });
  return expandInto(runtime, candidate, { record, list });
}

/** Records the list and starts the first instances. */
export async function expandInto(
  runtime: Runtime,
  candidate: Candidate,
  { record, list }: { record: TaskRecord | undefined; list: readonly unknown[] },
): Promise<Step> {
  const { task, message } = candidate;
  const { tenant, execution } = message.run;
  const attempt = (record?.attempt ?? 0) + 1;
  const at = isoNow(runtime);
  const key = `T/${tenant}/X/${execution}/${task.id}/${attempt}/items`;
  const items = { count: list.length, list: await savePayload(runtime.payloads, key, list) };
  const facts = { task_id: task.id, attempt, count: list.length };
  const outcome = await writeTask(runtime, candidate, {
    record,
    set: { state: "running", attempt, items, dispatchedAt: at, reason: undefined },
    events: [newEvent("task.expanded", { id: `${task.id}.${attempt}.expanded`, at, facts })],
  });
  if (outcome === "stale") return record === undefined ? "exists" : "done";
  const set = { ...(record ?? blankRecord(runtime, candidate)), items, attempt, state: "running" as const };
  await startItems(runtime, candidate, { ...set, token: message.token, run: message.run.run });
  return "done";
}

async function listOf(runtime: Runtime, candidate: Candidate, { record, inputs }: Known): Promise<readonly unknown[]> {
  const expression = expressionOf(candidate.task.forEach?.items ?? "[]", TASK_VARIABLES);
  const attempt = attemptOf(candidate, record ?? blankRecord(runtime, candidate));
  const list = evaluateList(expression, await scopeOf(runtime, attempt, { expressions: [expression], inputs }));
  if (list.length <= LIMITS.forEachItems) return list;
  throw new ExpressionError(expression.text, `gives ${list.length} elements; at most ${LIMITS.forEachItems} may run`);
}

/** Queues the first instances; the same ones again when it is repeated, which dispatching tolerates. */
async function startItems(runtime: Runtime, candidate: Candidate, record: TaskRecord): Promise<void> {
  const { task, message } = candidate;
  const count = record.items?.count ?? 0;
  const started = Math.min(count, task.forEach?.maxConcurrency ?? count);
  await openEach(runtime.executions, refOf(candidate), { run: message.run.run, count, started });
  const messages = Array.from({ length: started }, (_, index) => itemMessage(message, itemName(task.id, index)));
  await runtime.mail.tasks(messages);
  const deadline = scatterOf(task)?.deadlineSeconds;
  if (deadline !== undefined) await runtime.mail.task({ ...message, seen: waitsFor(message.run, task).length }, Math.min(deadline, AWS_QUOTAS.sqs.delaySeconds));
}

const itemMessage = ({ run, token }: TaskMessage, task: string): TaskMessage => ({ run, task, token });

/**
 * The task is under way and somebody asks how it goes: its own instances when all their chains have ended, or a newer
 * run, which has to bring the instances along.
 */
export async function lookAtItems(runtime: Runtime, candidate: Candidate, record: TaskRecord): Promise<void> {
  if (candidate.message.seen === undefined) return startItems(runtime, candidate, record);
  const attempt = attemptOf(candidate, record);
  return scatterOf(candidate.task) === undefined ? settleItems(runtime, attempt) : settleScatter(runtime, attempt);
}
