import type { Write } from "../../shared/aws/group-commit.ts";
import { eventWrite } from "../../shared/execution/store/execution-store.ts";
import { type ActionDeps } from "../../shared/hooks/delivery/delivery.ts";
import { perform } from "../../shared/hooks/delivery/perform.ts";
import type { Hook } from "../../shared/hooks/hook.ts";
import type { HookEvent } from "../../shared/hooks/hook-event.ts";
import type { HookOrder } from "../../shared/hooks/hook-order.ts";
import { begun, endsList, hasEnded, type HookOutcome, type HookRun, isLeased, runIdOf, skipped, tried } from "../../shared/hooks/hook-run.ts";
import { type Awaiting, checkPatch } from "../../shared/hooks/hook-changes.ts";
import { isOpen } from "../../shared/hooks/hook-stats.ts";
import { HOOK_LIMITS } from "../../shared/hooks/limits.ts";
import { executedEvent, triggeredEvent } from "../../shared/hooks/hook-events.ts";
import { loadHooks, loadStats } from "../../shared/hooks/store/hook-store.ts";
import { releaseHooked, type ReleaseDeps } from "./release-hooked.ts";
import { releaseStarting, type ReleaseStartingDeps } from "./release-starting.ts";
import { loadRuns, type RunRow, saveRun, saveTry } from "../../shared/hooks/store/run-store.ts";

/** What running hooks stands on. */
export interface RunHooksDeps extends ActionDeps, ReleaseDeps, ReleaseStartingDeps {
  /** The same order again, so many seconds later. */
  readonly later: (order: HookOrder, seconds: number) => Promise<void>;
  /** How long this invocation may still take. */
  readonly remainingMs: () => number;
}

/** One hook of an order, and what is known of its run. */
interface Turn {
  readonly order: HookOrder;
  readonly hook: Hook;
  readonly found: RunRow | undefined;
}

/** What a turn leaves: the list goes on after a run that has ended, and later after one that waits. */
type Left = { readonly run: HookRun } | { readonly waitSeconds: number };

/** Another invocation wrote the run meanwhile: it is looked at anew. */
const AGAIN: Left = { waitSeconds: 1 };

/**
 * Runs the hooks of one event, one after another, the lowest priority first. Progress lies in the rows of the runs: a
 * message that comes again goes on where the last one stopped, so every hook runs at least once, in order, and the receiver
 * knows a repeat by the run's id.
 */
export async function runHooks(deps: RunHooksDeps, order: HookOrder): Promise<void> {
  const { tenant, event } = order;
  const hooks = await loadHooks(deps.control, tenant, order.hooks);
  const runs = await loadRuns(deps.control, tenant, hooks.map(({ hook_id: id }) => runIdOf(event, id)));
  const ended: { hook: Hook; run: HookRun }[] = [];
  for (const hook of hooks) {
    if (!hook.enabled && order.manual === undefined) continue;
    const found = runs.get(runIdOf(event, hook.hook_id));
    const left = await take(deps, { order, hook, found }, ended.some(({ run }) => endsList(run)));
    if ("waitSeconds" in left) return deps.later(order, left.waitSeconds);
    ended.push({ hook, run: left.run });
  }
  const { waiting, starting } = order;
  if (waiting !== undefined) await releaseHooked(deps, { ...order, waiting }, ended);
  if (starting !== undefined) await releaseStarting(deps, starting, ended);
}

async function take(deps: RunHooksDeps, turn: Turn, hasFailed: boolean): Promise<Left> {
  const { order, hook, found } = turn;
  const now = deps.now().toISOString();
  if (found !== undefined && hasEnded(found.run)) return { run: found.run };
  // Another delivery of the order is at work, or died at it.
  if (found !== undefined && isLeased(found.run, now)) return { waitSeconds: secondsUntil(found.run.leased_until ?? now, now) };
  if (hasFailed && !hook.always_run) return pass(deps, turn, now);
  const wait = found?.run.not_before === undefined ? 0 : secondsUntil(found.run.not_before, now);
  if (wait > 0) return { waitSeconds: wait };
  if (deps.remainingMs() < (hook.timeout_seconds + HOOK_LIMITS.marginSeconds) * 1000) return { waitSeconds: 0 };
  const stats = await loadStats(deps.control, order.tenant, hook.hook_id);
  if (order.manual === undefined && isOpen(stats, now)) {
    // Whatever waits for it must not wait until it has come right.
    if (awaitingOf(order) !== undefined) return leaveAlone(deps, turn, now);
    if (isPatient(order.event, now)) return { waitSeconds: secondsUntil(stats.open_until ?? now, now) };
  }
  return tryOnce(deps, turn, now);
}

const secondsUntil = (time: string, now: string): number => (Date.parse(time) - Date.parse(now)) / 1000;

/** Whether an event may still wait for a hook that is left alone for a while. */
const isPatient = ({ timestamp }: HookEvent, now: string): boolean =>
  Date.parse(now) - Date.parse(timestamp) < HOOK_LIMITS.patienceSeconds * 1000;

/** Puts on record that a hook did not run because one before it failed. */
async function pass(deps: RunHooksDeps, turn: Turn, at: string): Promise<Left> {
  const { order, hook, found } = turn;
  const run = skipped({ hook, event: order.event }, at);
  await saveRun(deps.control, order.tenant, { row: { run, revision: found?.revision ?? 0 }, also: [] });
  return { run };
}

/** Puts on record that a hook did not run because it failed so often lately. */
async function leaveAlone(deps: RunHooksDeps, { order, hook, found }: Turn, at: string): Promise<Left> {
  const error = { code: "HookLeftAlone", message: `it failed ${HOOK_LIMITS.breakerFailures} times in a row, and is left alone for a minute` };
  const run: HookRun = { ...skipped({ hook, event: order.event }, at), status: "failed", error };
  await saveRun(deps.control, order.tenant, { row: { run, revision: found?.revision ?? 0 }, also: [] });
  return { run };
}

async function tryOnce(deps: RunHooksDeps, turn: Turn, at: string): Promise<Left> {
  const { order, hook, found } = turn;
  const { tenant, event } = order;
  const until = new Date(Date.parse(at) + (hook.timeout_seconds + HOOK_LIMITS.marginSeconds) * 1000).toISOString();
  const run = begun({ hook, event, before: found?.run, manual: order.manual }, { at, until });
  const revision = found?.revision ?? 0;
  const told = run.attempt === 1 && order.manual === undefined ? eventWrites(deps, event, triggeredEvent(run, { event, at })) : [];
  if ((await saveRun(deps.control, tenant, { row: { run, revision }, also: told })) === "stale") return AGAIN;
  const outcome = checkedFor(order, await perform(deps, { hook, event, run }));
  const ended = deps.now();
  const durationMs = Math.max(0, ended.getTime() - Date.parse(at));
  // A person who tries a hook wants to see what one try gives.
  const policy = order.manual === undefined ? hook.retry_policy : { ...hook.retry_policy, max_attempts: 1 };
  const next = tried(run, { outcome, policy, at: ended.toISOString(), durationMs });
  return finish(deps, turn, { row: { run: next, revision: revision + 1 }, at: ended.toISOString() });
}

/** Only what something waits for may be changed. */
function checkedFor(order: HookOrder, outcome: HookOutcome): HookOutcome {
  const awaiting = awaitingOf(order);
  return awaiting === undefined ? outcome : checkPatch(outcome, awaiting);
}

function awaitingOf({ waiting, starting }: HookOrder): Awaiting | undefined {
  if (waiting !== undefined) return waiting.isMade === true ? "result" : "task";
  return starting === undefined ? undefined : "execution";
}

async function finish(deps: RunHooksDeps, { order, hook }: Turn, { row, at }: { row: RunRow; at: string }): Promise<Left> {
  const { tenant, event } = order;
  const stats = await loadStats(deps.control, tenant, hook.hook_id);
  const isTold = hasEnded(row.run) && order.manual === undefined;
  const also = isTold ? eventWrites(deps, event, executedEvent(row.run, at)) : [];
  if ((await saveTry(deps.control, tenant, row, { event, stats, at, also })) === "stale") return AGAIN;
  return hasEnded(row.run) ? { run: row.run } : { waitSeconds: secondsUntil(row.run.not_before ?? at, at) };
}

/** What becomes of a hook is told in the log of the execution that it ran for; other events have no log of their own. */
function eventWrites({ executions }: RunHooksDeps, event: HookEvent, told: Parameters<typeof eventWrite>[2]): readonly Write[] {
  const { tenant, execution_id: executionId, workflow_id: workflowId = "", trace_id: traceId = "" } = event;
  return executionId === undefined ? [] : [eventWrite(executions, { tenant, executionId, workflowId, traceId }, told)];
}
