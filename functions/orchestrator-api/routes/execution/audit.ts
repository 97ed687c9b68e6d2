import * as z from "zod";
import { replay, type ReplayDifference } from "../../../../shared/execution/audit/replay.ts";
import { reply } from "../../../../shared/http/problem.ts";
import { LIMITS } from "../../../../shared/core/limits.ts";
import { auditExecution, loadEvents } from "../../../../shared/execution/run/audit-execution.ts";
import { param, route, type RouteRequest } from "../../route.ts";

const nameOf = (request: Pick<RouteRequest, "caller" | "params">) => ({
  tenant: request.caller.tenant,
  execution: param(request, "execution_id"),
});

const audit = route({
  method: "GET",
  path: "/api/v1/executions/{execution_id}/audit",
  operationId: "auditExecution",
  summary: "Proof that no event was altered, lost or slipped in and that events lead to the state; else the first defect",
  permission: "execution:read",
  status: 200,
  run: async (request) => {
    const name = nameOf(request);
    const { chain, events, differences } = await auditExecution(request.deps.executions, name);
    return reply(200, {
      execution_id: name.execution,
      verified: chain.defect === undefined,
      length: chain.length,
      head_hash: chain.hash,
      unchained: chain.unchained,
      ...(chain.defect === undefined ? {} : { first_defect: chain.defect }),
      replay: {
        consistent: differences.length === 0,
        events,
        difference_count: differences.length,
        differences: differences.slice(0, LIMITS.issuesPerReport).map(differenceView),
      },
    });
  },
});

const differenceView = ({ task, field, replayed, stored }: ReplayDifference) => ({
  task_id: task ?? null,
  field,
  replayed: replayed ?? null,
  stored: stored ?? null,
});

const replayAt = route({
  method: "GET",
  path: "/api/v1/executions/{execution_id}/replay",
  operationId: "replayExecution",
  summary: "The execution as it stood at a moment, rebuilt from its events alone",
  permission: "execution:read",
  query: z.strictObject({ at: z.iso.datetime({ offset: true }).optional() }),
  status: 200,
  run: async (request) => {
    const name = nameOf(request);
    const at = request.query.at ?? request.deps.now().toISOString();
    const { status, run, tasks } = replay(await loadEvents(request.deps.executions, name), { until: at });
    return reply(200, {
      execution_id: name.execution,
      at: new Date(at).toISOString(),
      status: status ?? null,
      run,
      tasks: [...tasks].map(([task, { state, attempt, agentId, failureCode, settledAt }]) => ({
        task_id: task,
        status: state,
        attempt,
        agent_id: agentId ?? null,
        error_code: failureCode ?? null,
        settled_at: settledAt ?? null,
      })),
    });
  },
});

/** Proving and replaying what happened. */
export const AUDIT_ROUTES = [audit, replayAt];
