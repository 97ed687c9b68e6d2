import type { Agents, Engine, Runtime, Stores } from "../runtime/runtime.ts";
import { type Clock, isoNow } from "../runtime/clock.ts";
import { AWS_QUOTAS } from "../../core/limits.ts";
import { WORKFLOW_LIMITS } from "../../workflow/limits.ts";
import { evaluateList, ExpressionError, expressionOf } from "../../expression/expression.ts";
import { scopeOf, TASK_VARIABLES } from "../attempt/inputs.ts";
import { settleItems, settleScatter } from "../attempt/settle-group.ts";
import type { TaskMessage } from "../messages.ts";
import { waitsFor } from "../run/graph-run.ts";
import { openEach } from "../store/each-store.ts";
import { savePayload } from "../store/payload-store.ts";
import type { InHands } from "../task/attempt-transitions.ts";
import { itemName, scatterOf } from "../task/for-each.ts";
import { attemptPayload } from "../task/payload-keys.ts";
import { expanded } from "../task/waiting-transitions.ts";
import {
  afterStale,
  attemptOf,
  bindingOf,
  commit,
  type DispatchContext,
  type DispatchOutcome,
  taskRefOf,
  type Unseen,
} from "../runtime/attempt.ts";
import { type Inputs, settleWithoutAgent } from "./gates.ts";
import type { Scatter } from "../../workflow/definition/task-definition.ts";
import type { Assigned } from "../../agents/pool/agent-pool.ts";
import { assign, waitForAgent } from "./start-agent.ts";

/**
 * Turns a `for_each` into its instances: the list is kept, the first instances are queued, and each that settles
 * queues the next (see `shared/execution/attempt/settle-group.ts`). The machine, or the graph, sees one task.
 */
export async function expandItems(
  runtime: Runtime,
  context: DispatchContext,
  inputs: Inputs,
): Promise<DispatchOutcome> {
  const list = await listOf(runtime, context, inputs);
  if (list.length === 0) return settleWithoutAgent(runtime, context, { state: "completed", output: [] });
  return expandInto(runtime, context, list);
}

/** Records the list and starts the first instances. */
export async function expandInto(
  runtime: Stores & Engine & Clock,
  context: DispatchContext,
  list: readonly unknown[],
): Promise<DispatchOutcome> {
  const key = attemptPayload({ ...taskRefOf(context), attempt: context.record.attempt + 1 }, "items");
  const items = { count: list.length, list: await savePayload(runtime.payloads, key, list) };
  const transition = expanded(context.record, { ...bindingOf(context), items, at: isoNow(runtime) });
  if ((await commit(runtime, context, { transition })) === "stale") return afterStale(context);
  await startItems(runtime, context, items.count);
  return "handled";
}

async function listOf(runtime: Stores, context: DispatchContext, inputs: Inputs): Promise<readonly unknown[]> {
  const expression = expressionOf(context.task.forEach?.items ?? "[]", TASK_VARIABLES);
  const attempt = attemptOf(context, context.record);
  const list = evaluateList(expression, await scopeOf(runtime, attempt, { expressions: [expression], inputs }));
  if (list.length <= WORKFLOW_LIMITS.forEachItems) return list;
  throw new ExpressionError(expression.text, `gives ${list.length} elements; at most ${WORKFLOW_LIMITS.forEachItems} may run`);
}

/** Queues the first instances; the same ones again when it is repeated, which dispatching tolerates. */
async function startItems(runtime: Stores & Engine, unseen: Unseen, count: number): Promise<void> {
  const { task, message } = unseen;
  const started = Math.min(count, task.forEach?.maxConcurrency ?? count);
  await openEach(runtime.executions, taskRefOf(unseen), { run: message.run.run, count, started });
  const messages = Array.from({ length: started }, (_, index) => itemMessage(message, itemName(task.id, index)));
  await runtime.mail.tasks(messages);
  const deadline = scatterOf(task)?.deadlineSeconds;
  if (deadline === undefined) return;
  const look = { ...message, seen: waitsFor(message.run, task).length };
  await runtime.mail.task(look, Math.min(deadline, AWS_QUOTAS.sqs.delaySeconds));
}

const itemMessage = ({ run, token }: TaskMessage, task: string): TaskMessage => ({ run, task, token });

/**
 * The task is under way and a message asks how it goes: from its own instances when all their chains have ended, or
 * from a newer run, which has to bring the instances along.
 */
export async function lookAtItems(runtime: Runtime, unseen: Unseen, record: InHands): Promise<void> {
  if (unseen.task.kind === "pattern") return runtime.turnPattern(attemptOf(unseen, record));
  if (unseen.message.seen === undefined) return startItems(runtime, unseen, record.items?.count ?? 0);
  const attempt = attemptOf(unseen, record);
  return scatterOf(unseen.task) === undefined ? settleItems(runtime, attempt) : settleScatter(runtime, attempt);
}

/** Asks several agents: an instance of the task for each, named by its place in the list of agents. */
export async function scatterTask(
  runtime: Runtime,
  context: DispatchContext,
  { agents, minResponses }: Scatter,
): Promise<DispatchOutcome> {
  if (Array.isArray(agents)) return expandInto(runtime, context, agents);
  const { found, none } = await ableAgents(runtime, context, agents);
  return found.length < minResponses ? waitForAgent(runtime, context, none) : expandInto(runtime, context, found);
}

type Unassigned = Exclude<Assigned, { agent: unknown }>;

/** Up to `most` able agents, the best first: each is the routing's choice while those before it are left out. */
async function ableAgents(
  runtime: Stores & Agents,
  context: DispatchContext,
  most: number,
): Promise<{ found: string[]; none: Unassigned }> {
  const found: string[] = [];
  let none: Unassigned = { reason: "no_capable_agent", retrySeconds: 1 };
  while (found.length < most) {
    const assigned = await assign(runtime, context, found);
    if (!("agent" in assigned)) none = assigned;
    if (!("agent" in assigned) || found.includes(assigned.agent.agent_id)) break;
    found.push(assigned.agent.agent_id);
  }
  return { found, none };
}
