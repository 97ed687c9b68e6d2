import * as z from "zod";
import { loadExecution } from "../../../../shared/execution/store/execution-store.ts";
import { InvalidRequestError } from "../../../../shared/core/errors.ts";
import { checkBodySize } from "../../../../shared/http/request.ts";
import type { PlanRequest } from "../../../../shared/workflow/plan/planning.ts";
import type { StoredDefinition } from "../../../../shared/workflow/store/stored-definition.ts";
import { param, type RouteRequest } from "../../route.ts";
import { planOrRefuse, RefusedDefinitionError } from "./ask-planner.ts";

/** Media types of a definition. */
export const DEFINITION_TYPES = ["application/json", "application/yaml"] as const;

/** A definition comes as JSON, or as YAML text with a YAML content type. */
export function sourceOf({ text, contentType }: Pick<RouteRequest, "text" | "contentType">): PlanRequest["source"] {
  checkBodySize(text);
  const isJson = contentType === "" || contentType.includes("json");
  return { text, file: isJson ? "definition.json" : "definition.yaml" };
}

/** A definition inside a JSON body: an object in either dialect, or its text as YAML or JSON. */
export const DefinitionBody = z.union([z.record(z.string(), z.unknown()), z.string().min(1)]);
export type DefinitionBody = z.infer<typeof DefinitionBody>;

/**
 * Has a definition planned, for a graph run, that takes the place of an execution's.
 *
 * @throws {NotFoundError} no such execution for this tenant.
 * @throws {RefusedDefinitionError} the definition has flaws.
 * @throws {ConflictError} the planner knows the version with other content.
 */
export async function planInline(
  { deps, caller, params }: Pick<RouteRequest, "deps" | "caller" | "params">,
  source: PlanRequest["source"],
): Promise<StoredDefinition> {
  await loadExecution(deps.executions, caller.tenant, param({ params }, "execution_id"));
  const plan = { tenant: caller.tenant, createdBy: caller.subject, mode: "inline" as const, source };
  return (await planOrRefuse(deps, plan)).definition;
}

/** The definition of a body that may bring one. @throws {InvalidRequestError} it has flaws, each named. */
export async function planGiven(
  request: Pick<RouteRequest, "deps" | "caller" | "params">,
  { given, field }: { given: DefinitionBody | undefined; field: string },
): Promise<StoredDefinition | undefined> {
  if (given === undefined) return undefined;
  const source = typeof given === "string" ? { text: given, file: "definition.yaml" } : { value: given };
  try {
    return await planInline(request, source);
  } catch (error) {
    if (!(error instanceof RefusedDefinitionError)) throw error;
    const flaws = error.facts.errors.map(({ path, message, remedy }) => ({
      field: `${field}.${path}`,
      message: `${message} — ${remedy}`,
    }));
    throw new InvalidRequestError(flaws, { cause: error });
  }
}
