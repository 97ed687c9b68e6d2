import type { Runtime, Stores } from "../runtime/runtime.ts";
import { type Clock, isoAfter, isoNow } from "../runtime/clock.ts";
import { contentHash, sortKeys } from "../../core/canonical-json.ts";
import type { HookEvent } from "../../hooks/hook-event.ts";
import { secondsOfHooks } from "../../hooks/hook-list.ts";
import { HOOK_LIMITS } from "../../hooks/limits.ts";
import { roleFact } from "../../hooks/role-fact.ts";
import { triggersBefore } from "../../hooks/trigger.ts";
import type { PayloadRef } from "../payload.ts";
import { loadInputs, overlay, ownInput } from "../attempt/inputs.ts";
import { attemptOf, type DispatchContext, type DispatchOutcome, skillOf, taskRefOf } from "../runtime/attempt.ts";
import { hedgedTask } from "../task/for-each.ts";
import { hooksAfter } from "../attempt/end-attempt.ts";
import { hookedNext, madeNow } from "../task/task-rules.ts";
import type { Hooked } from "../task/hooked.ts";
import type { Made } from "../task/made.ts";
import { failBeforeDispatch, parkTask, settleWithoutAgent } from "./gates.ts";

/**
 * Has a task that is ready for an agent wait for the hooks before it, and does what they came to. They run elsewhere; the
 * task is parked meanwhile. A second agent beside the first (a hedge) is no new beginning.
 *
 * @returns nothing when the task may go to its agent.
 */
export async function hooksFirst(runtime: Runtime, context: DispatchContext): Promise<DispatchOutcome | undefined> {
  const { task, record, message } = context;
  if (task.kind !== "agent" || task.scatter !== undefined || hedgedTask(task.id) !== undefined) return undefined;
  const hooked = hookedNext(record);
  if (hooked !== undefined) return obey(runtime, context, hooked);
  const made = madeNow(record);
  if (made !== undefined) return lookAfter(runtime, context, made);
  const view = await runtime.hooks(message.run.tenant);
  const triggers = triggersBefore(task.operation).filter((trigger) => view.has(trigger));
  if (triggers.length === 0) return undefined;
  const event = await startingEvent(runtime, context);
  const hooks = (await view.matcher()).match(event, triggers);
  if (hooks.length === 0) return undefined;
  // A task that has not heard of them by then asks again, which repeats nothing.
  const outcome = await parkTask(runtime, context, { reason: "hooks", waitUntil: isoAfter(runtime, secondsOfHooks(hooks)) });
  if (outcome === "handled") {
    const { tenant } = message.run;
    const ids = hooks.map(({ hook_id: id }) => id);
    await runtime.orderHooks([
      { tenant, event, hooks: ids, waiting: { task: message, attempt: record.attempt + 1 } },
    ]);
  }
  return outcome;
}

/**
 * Has hooks look at what the task's agent made, who were not heard of; where there are none for it any more it counts as it
 * is.
 */
async function lookAfter(runtime: Runtime, context: DispatchContext, { output }: Made): Promise<DispatchOutcome> {
  const after = await hooksAfter(runtime, attemptOf(context, context.record), output);
  if (after === undefined) return settleWithoutAgent(runtime, context, { state: "completed", output: await runtime.load(output) });
  const outcome = await parkTask(runtime, context, { reason: "hooks", waitUntil: after.until });
  if (outcome === "handled") await after.ask(context.message);
  return outcome;
}

async function obey(
  runtime: Runtime,
  context: DispatchContext,
  { failure, output }: Hooked,
): Promise<DispatchOutcome | undefined> {
  if (failure !== undefined) return failBeforeDispatch(runtime, context, failure);
  if (output === undefined) return undefined;
  return settleWithoutAgent(runtime, context, { state: "completed", output: await runtime.load(output) });
}

/** What such hooks are told: the task, and what its agent would get. */
async function startingEvent(runtime: Stores & Clock, context: DispatchContext): Promise<HookEvent> {
  const { task, record, execution, view } = context;
  const attempt = attemptOf(context, record);
  const inputs = await loadInputs(runtime, attempt);
  const [given, own] = await Promise.all([runtime.load(execution.input), ownInput(runtime, attempt, inputs)]);
  const input = overlay(given, own);
  const skill = skillOf(attempt);
  const json = JSON.stringify(sortKeys(input));
  const sources = task.dependsOn.map((id) => [id, digestOf(inputs.get(id)?.output)]);
  const operation = task.kind === "agent" ? task.operation : undefined;
  const role = task.kind === "agent" ? view.plan.agents[task.agent] : undefined;
  const next = record.attempt + 1;
  return {
    event_id: `${taskRefOf(context).task}.${next}.starting`,
    type: "task.starting",
    tenant: execution.tenant,
    timestamp: isoNow(runtime),
    workflow_id: execution.workflowId,
    execution_id: execution.executionId,
    trace_id: execution.traceId,
    facts: {
      task_id: record.task,
      attempt: next,
      ...(skill === undefined ? {} : { skill }),
      ...(operation === undefined ? {} : { operation }),
      ...(role === undefined ? {} : { role: roleFact(role) }),
      ...(record.triedAgents === undefined ? {} : { tried_agents: record.triedAgents }),
      dependencies: [...task.dependsOn],
      /** Equal for tasks that ask the same of the same skill. */
      input_hash: contentHash(JSON.stringify([skill, json, sources])),
      ...(Buffer.byteLength(json) <= HOOK_LIMITS.inputBytes ? { input } : { input_bytes: Buffer.byteLength(json) }),
    },
  };
}

const digestOf = (output: PayloadRef | undefined): string | undefined =>
  output === undefined || "key" in output ? output?.sha256 : contentHash(output.json);
