import * as z from "zod";
import type { Hook } from "../../../../shared/hooks/hook.ts";
import { exampleEvent } from "../../../../shared/hooks/example-event.ts";
import { hasEnded, type HookRun, runIdOf } from "../../../../shared/hooks/hook-run.ts";
import { HOOK_LIMITS } from "../../../../shared/hooks/limits.ts";
import { loadHook } from "../../../../shared/hooks/store/hook-store.ts";
import { deadRunsPartition, runsOfHook } from "../../../../shared/hooks/store/keys.ts";
import { listDeadRuns, listRuns, loadDeadRun, loadRun, loadRuns, reviveRun } from "../../../../shared/hooks/store/run-store.ts";
import { DeadHookRunPage, HookRedriven, HookRunPage, HookRunView } from "../../../../shared/hooks/views/hooks.ts";
import { decodeCursor, encodeCursor, PageQuery } from "../../../../shared/http/request.ts";
import { type ApiDeps, param, route } from "../../route.ts";

const execute = route({
  method: "POST",
  path: "/api/v1/hooks/{hook_id}/execute",
  operationId: "executeHook",
  summary: "Run a hook once, now, with a made-up context, enabled or not; 202 when it takes longer than 20 s (spec 004 §4.3)",
  permission: "hooks:execute",
  body: z.strictObject({ context: z.record(z.string(), z.unknown()) }),
  reply: HookRunView,
  status: 200,
  otherStatus: 202,
  run: async ({ deps, caller, body, ...request }) => {
    const { tenant } = caller;
    const hook = await loadHook(deps.definitions, tenant, param(request, "hook_id"));
    const at = deps.now().toISOString();
    const event = exampleEvent(hook, { tenant, id: deps.newId("run"), at, context: body.context });
    await deps.hooks.order([{ tenant, event, hooks: [hook.hook_id], manual: true }]);
    const run = await follow(deps, tenant, runIdOf(event, hook.hook_id));
    const headers = { location: `/api/v1/hooks/${hook.hook_id}/executions/${runIdOf(event, hook.hook_id)}` };
    return { body: run ?? notBegun(hook, event, at), headers, status: run === undefined || !hasEnded(run) ? 202 : 200 };
  },
});

/** The run once it has ended, or as it stands when the caller has been kept waiting long enough. */
async function follow(deps: ApiDeps, tenant: string, runId: string): Promise<HookRun | undefined> {
  const until = deps.now().getTime() + HOOK_LIMITS.manualPatienceMs;
  for (;;) {
    const run = (await loadRuns(deps.definitions, tenant, [runId])).get(runId)?.run;
    if ((run !== undefined && hasEnded(run)) || deps.now().getTime() >= until) return run;
    await deps.sleep(HOOK_LIMITS.manualLookMs);
  }
}

/** A run that waits in its queue has no row yet. */
const notBegun = (hook: Hook, event: ReturnType<typeof exampleEvent>, at: string): HookRun => ({
  run_id: runIdOf(event, hook.hook_id),
  hook_id: hook.hook_id,
  hook_name: hook.name,
  trigger: hook.trigger,
  event_id: event.event_id,
  event_type: event.type,
  status: "running",
  attempt: 1,
  started_at: at,
  manual: true,
});

const list = route({
  method: "GET",
  path: "/api/v1/hooks/{hook_id}/executions",
  operationId: "listHookExecutions",
  summary: "Runs of a hook in the last seven days, the newest first",
  permission: "hooks:read",
  query: z.strictObject(PageQuery),
  reply: HookRunPage,
  status: 200,
  run: async ({ deps, caller, query: { limit, cursor }, ...request }) => {
    const { hook_id: hookId } = await loadHook(deps.definitions, caller.tenant, param(request, "hook_id"));
    const shape = { byTenant: `=${runsOfHook(caller.tenant, hookId)}`, name: "", pk: `T#${caller.tenant}#HOOKRUN#`, sk: "=RUN" };
    const after = decodeCursor(cursor, shape);
    const { rows, next } = await listRuns(deps.definitions, { tenant: caller.tenant, hookId }, { limit, after });
    return { body: { executions: [...rows], next_cursor: encodeCursor(next) } };
  },
});

const get = route({
  method: "GET",
  path: "/api/v1/hooks/{hook_id}/executions/{run_id}",
  operationId: "getHookExecution",
  summary: "A run of a hook as it stands",
  permission: "hooks:read",
  reply: HookRunView,
  status: 200,
  run: async ({ deps, caller, ...request }) => ({
    body: await loadRun(deps.definitions, caller.tenant, { hookId: param(request, "hook_id"), runId: param(request, "run_id") }),
  }),
});

const dead = route({
  method: "GET",
  path: "/api/v1/hooks/dead-letters",
  operationId: "listDeadHookExecutions",
  summary: "Runs of hooks that failed after all attempts in the last seven days, with the event that they failed at",
  permission: "hooks:read",
  query: z.strictObject(PageQuery),
  reply: DeadHookRunPage,
  status: 200,
  run: async ({ deps, caller, query: { limit, cursor } }) => {
    const after = decodeCursor(cursor, { pk: `=${deadRunsPartition(caller.tenant)}`, sk: "run_" });
    const { rows, next } = await listDeadRuns(deps.definitions, caller.tenant, { limit, after });
    return { body: { dead_letters: [...rows], next_cursor: encodeCursor(next) } };
  },
});

const redrive = route({
  method: "POST",
  path: "/api/v1/hooks/dead-letters/{run_id}/redrive",
  operationId: "redriveHookExecution",
  summary: "Have a run that failed after all attempts begin anew, with all its attempts",
  permission: "hooks:execute",
  body: z.strictObject({}),
  reply: HookRedriven,
  status: 202,
  run: async ({ deps, caller, ...request }) => {
    const { tenant } = caller;
    const { run_id: runId, hook_id: hookId, event } = await loadDeadRun(deps.definitions, tenant, param(request, "run_id"));
    await loadHook(deps.definitions, tenant, hookId);
    await reviveRun(deps.definitions, tenant, runId, deps.now().toISOString());
    // Of its list only this one: the others have had their turn.
    await deps.hooks.order([{ tenant, event, hooks: [hookId] }]);
    return { body: { run_id: runId, status: "queued" as const } };
  },
});

/** What became of hooks. */
export const HOOK_RUN_ROUTES = [dead, redrive, execute, list, get];
