import * as z from "zod";
import { loadExecution } from "../../../../shared/execution/store/execution-store.ts";
import { ConflictError, InvalidRequestError } from "../../../../shared/core/errors.ts";
import type { PlanRequest, Report } from "../../../../shared/workflow/plan/planning.ts";
import type { StoredDefinition } from "../../../../shared/workflow/store/stored-definition.ts";
import { param, type RouteRequest } from "../../route.ts";
import { askPlanner } from "./workflows.ts";

/** A definition inside a JSON body: an object in either dialect, or its text as YAML or JSON. */
export const DefinitionBody = z.union([z.record(z.string(), z.unknown()), z.string().min(1)]);
export type DefinitionBody = z.infer<typeof DefinitionBody>;

/** A plan for the graph runner, or what is wrong with the definition. */
export type Planned = { readonly definition: StoredDefinition } | { readonly report: Report };

/**
 * Has a definition planned that takes the place of an execution's.
 *
 * @throws {NotFoundError} no such execution for this tenant.
 * @throws {ConflictError} the planner knows the version with other content.
 */
export async function planInline(
  { deps, caller, params }: Pick<RouteRequest, "deps" | "caller" | "params">,
  source: PlanRequest["source"],
): Promise<Planned> {
  await loadExecution(deps.executions, caller.tenant, param({ params }, "execution_id"));
  const answer = await askPlanner(deps, { tenant: caller.tenant, createdBy: caller.subject, mode: "inline", source });
  if (answer.outcome === "conflict") throw new ConflictError(answer.message);
  return answer.outcome === "invalid" ? { report: answer.report } : { definition: answer.definition };
}

/** The definition of a body that may bring one. @throws {InvalidRequestError} it has flaws, each named. */
export async function planGiven(
  request: Pick<RouteRequest, "deps" | "caller" | "params">,
  { given, field }: { given: DefinitionBody | undefined; field: string },
): Promise<StoredDefinition | undefined> {
  if (given === undefined) return undefined;
  const source = typeof given === "string" ? { text: given, file: "definition.yaml" } : { value: given };
  const planned = await planInline(request, source);
  if ("definition" in planned) return planned.definition;
  const flaws = planned.report.errors.map(({ path, message, remedy }) => ({
    field: `${field}.${path}`,
    message: `${message} — ${remedy}`,
  }));
  throw new InvalidRequestError(flaws);
}
