import * as z from "zod";
import { replay } from "../../../../shared/execution/audit/replay.ts";
import { auditExecution, loadEvents } from "../../../../shared/execution/run/audit-execution.ts";
import { AuditView, ReplayView, viewAudit, viewReplay } from "../../../../shared/execution/views/audit.ts";
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
  reply: AuditView,
  status: 200,
  run: async (request) => {
    const name = nameOf(request);
    return { body: viewAudit(name.execution, await auditExecution(request.deps.executions, name)) };
  },
});

const replayAt = route({
  method: "GET",
  path: "/api/v1/executions/{execution_id}/replay",
  operationId: "replayExecution",
  summary: "The execution as it stood at a moment, rebuilt from its events alone",
  permission: "execution:read",
  query: z.strictObject({ at: z.iso.datetime({ offset: true }).optional() }),
  reply: ReplayView,
  status: 200,
  run: async (request) => {
    const name = nameOf(request);
    const at = new Date(request.query.at ?? request.deps.now()).toISOString();
    const events = await loadEvents(request.deps.executions, name);
    return { body: viewReplay(name.execution, at, replay(events, { until: at })) };
  },
});

/** Proving and replaying what happened. */
export const AUDIT_ROUTES = [audit, replayAt];
