import { secondsOfHooks } from "../../hooks/hook-list.ts";
import type { HookEvent } from "../../hooks/hook-event.ts";
import { HOOK_LIMITS } from "../../hooks/limits.ts";
import { MADE } from "../../hooks/made-event.ts";
import type { TaskMessage } from "../messages.ts";
import { type PayloadRef, payloadBytes } from "../payload.ts";
import { type Clock, isoAfter, isoNow } from "../runtime/clock.ts";
import { type Attempt, refOf, skillOf } from "../runtime/attempt.ts";
import type { Engine, Runtime, Stores } from "../runtime/runtime.ts";
import { waitsFor } from "../run/graph-run.ts";
import { parkedWrite } from "../store/parking-lot.ts";
import { resultHeld } from "../task/made-transitions.ts";
import { commitEnd, type FinalOutcome, kindOf, type Working } from "./end-attempt.ts";

/** Hooks that look at a result before it counts. */
export interface HooksAfter {
  /** Whoever has not heard of them by then asks again, which repeats nothing. */
  readonly until: string;
  /** The task's message, for the row as it was written. */
  readonly messageOf: (row: { readonly token: string }) => TaskMessage;
  /** Has them run. */
  readonly ask: (message: TaskMessage) => Promise<void>;
}

/** The hooks that are to look at what an attempt made; nothing where none are for it. Tasks that edit nothing cost nothing. */
export async function hooksAfter(runtime: Stores & Engine & Clock, attempt: Attempt, output: PayloadRef): Promise<HooksAfter | undefined> {
  const { task, run, record } = attempt;
  if (task.kind !== "agent" || task.operation !== "edit") return undefined;
  const view = await runtime.hooks(run.tenant);
  if (!view.has("post_edit")) return undefined;
  const event = await madeEvent(runtime, attempt, output);
  const hooks = (await view.matcher()).match(event, ["post_edit"]);
  if (hooks.length === 0) return undefined;
  return {
    until: isoAfter(runtime, secondsOfHooks(hooks)),
    messageOf: ({ token }) => ({ run, task: record.task, token, seen: waitsFor(run, task).length }),
    ask: (message) => {
      const order = { tenant: run.tenant, event, hooks: hooks.map(({ hook_id: id }) => id), waiting: { task: message, attempt: record.attempt + 1, isMade: true as const } };
      return runtime.orderHooks([order]);
    },
  };
}

/** Keeps what an attempt made until hooks have looked at it. */
export async function holdResult(
  runtime: Runtime,
  attempt: Working,
  { heard, output, after }: { heard: Extract<FinalOutcome, { kind: "completed" }>; output: PayloadRef; after: HooksAfter },
): Promise<void> {
  const end = { output, until: after.until, usage: heard.usage, at: isoNow(runtime), ...kindOf(attempt) };
  const { workflowId } = attempt.head;
  const { hasMoved, record } = await commitEnd(runtime, attempt, {
    heard,
    transitionOf: (before) => resultHeld(before, end),
    alsoFor: (row) => [parkedWrite(runtime.executions, { reason: "hooks", message: after.messageOf(row), workflowId, at: end.at })],
  });
  if (hasMoved && record !== undefined) await after.ask(after.messageOf(record));
}

/** What such hooks are told. */
async function madeEvent(runtime: Stores & Clock, attempt: Attempt, output: PayloadRef): Promise<HookEvent> {
  const { head, record, task } = attempt;
  const bytes = payloadBytes(output);
  const { agentId = record.made?.agentId } = record;
  const skill = skillOf(attempt);
  return {
    event_id: `${refOf(attempt).task}.${record.attempt}.made`,
    type: MADE,
    tenant: head.tenant,
    timestamp: isoNow(runtime),
    workflow_id: head.workflowId,
    execution_id: head.executionId,
    trace_id: head.traceId,
    facts: {
      task_id: record.task,
      attempt: record.attempt,
      ...(agentId === undefined ? {} : { agent_id: agentId }),
      ...(skill === undefined ? {} : { skill }),
      ...(task.kind === "agent" ? { operation: task.operation } : {}),
      ...(bytes <= HOOK_LIMITS.inputBytes ? { output: await runtime.load(output) } : { output_bytes: bytes }),
    },
  };
}
