import { secondsOfHooks } from "../../hooks/hook-list.ts";
import { type HookEvent, STARTING } from "../../hooks/hook-event.ts";
import type { HookOrder } from "../../hooks/hook-order.ts";
import { HOOK_LIMITS } from "../../hooks/limits.ts";
import type { HookReader } from "../../hooks/store/hook-reader.ts";
import { triggersAtStart } from "../../hooks/trigger.ts";
import type { AwaitedHooks, Execution, ExecutionIn } from "../execution.ts";
import type { QueueUrls } from "../messages.ts";
import { payloadBytes } from "../payload.ts";
import { runOf } from "../runtime/attempt.ts";
import { loadPayload, type PayloadStore } from "../store/payload-store.ts";

/** What having hooks run before an execution starts stands on. */
export interface HooksBeforeDeps {
  readonly payloads: PayloadStore;
  readonly queues: QueueUrls;
  readonly hookDesk: {
    readonly hooks: HookReader;
    readonly order: (orders: readonly HookOrder[]) => Promise<void>;
  };
}

/** An execution that is about to be recorded. */
export interface Newcomer {
  readonly tenant: string;
  readonly isInSession: boolean;
  /** It in full; asked for once some hook may be for it. */
  readonly describe: () => Promise<ExecutionIn<"submitted">>;
}

/** Hooks that run before an execution starts. */
export interface HooksBefore {
  /**
   * Those that it is to wait for; nothing where none are for it. A tenant without such hooks costs one small read in
   * `HOOK_LIMITS.viewSeconds`.
   */
  find(newcomer: Newcomer): Promise<AwaitedHooks | undefined>;
  /** Has those run that it waits for. Asked for again they go on where they are. */
  ask(execution: Execution): Promise<void>;
}

/** Hooks that run before executions start. */
export const hooksBefore = (deps: HooksBeforeDeps): HooksBefore => ({
  find: (newcomer) => findHooks(deps, newcomer),
  ask: (execution) => askHooks(deps, execution),
});

async function findHooks(deps: HooksBeforeDeps, { tenant, isInSession, describe }: Newcomer): Promise<AwaitedHooks | undefined> {
  const view = await deps.hookDesk.hooks(tenant);
  const triggers = triggersAtStart(isInSession).filter((trigger) => view.has(trigger));
  if (triggers.length === 0) return undefined;
  const execution = await describe();
  const event = await startingEvent(deps, execution);
  const hooks = (await view.matcher()).match(event, triggers);
  if (hooks.length === 0) return undefined;
  const until = new Date(Date.parse(execution.submittedAt) + secondsOfHooks(hooks) * 1000).toISOString();
  return { hooks: hooks.map(({ hook_id: id }) => id), until };
}

async function askHooks(deps: HooksBeforeDeps, execution: Execution): Promise<void> {
  const { tenant, awaiting } = execution;
  if (awaiting === undefined) return;
  const event = await startingEvent(deps, execution);
  await deps.hookDesk.order([{ tenant, event, hooks: awaiting.hooks, starting: runOf(execution, deps.queues) }]);
}

/** What such hooks are told. */
async function startingEvent({ payloads }: Pick<HooksBeforeDeps, "payloads">, execution: Execution): Promise<HookEvent> {
  const { tenant, executionId, workflowId, workflowVersion, traceId, submittedAt, submittedBy, priority, session, input, run } = execution;
  const bytes = payloadBytes(input);
  return {
    event_id: `${executionId}.${run}.starting`,
    type: STARTING,
    tenant,
    timestamp: submittedAt,
    workflow_id: workflowId,
    execution_id: executionId,
    trace_id: traceId,
    facts: {
      version: workflowVersion,
      priority,
      submitted_by: submittedBy,
      ...(session === undefined ? {} : { session_id: session.id, session_version: session.version }),
      ...(bytes <= HOOK_LIMITS.inputBytes ? { input: await loadPayload(payloads, input) } : { input_bytes: bytes }),
    },
  };
}
