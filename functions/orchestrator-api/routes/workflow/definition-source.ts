import * as z from "zod";
import { loadExecution } from "../../../../shared/execution/store/execution-store.ts";
import { LIMITS } from "../../../../shared/core/limits.ts";
import { loadPayload } from "../../../../shared/execution/store/payload-store.ts";
import { uploadedPayload } from "../../../../shared/execution/store/upload-store.ts";
import { referenceIn } from "../../../../shared/execution/upload.ts";
import { InvalidRequestError } from "../../../../shared/core/errors.ts";
import { checkBodySize } from "../../../../shared/http/request.ts";
import { WRAPPERS } from "../../../../shared/workflow/definition/wrappers.ts";
import type { PlanRequest } from "../../../../shared/workflow/plan/planning.ts";
import type { StoredDefinition } from "../../../../shared/workflow/store/stored-definition.ts";
import { param, type RouteRequest } from "../../route.ts";
import { planOrRefuse, RefusedDefinitionError } from "./ask-planner.ts";

/** Media types of a definition. */
export const DEFINITION_TYPES = ["application/json", "application/yaml"] as const;

/** A definition comes as JSON, as YAML text with a YAML content type, or as the reference of an upload. */
export async function sourceOf({ text, contentType, ...request }: Pick<RouteRequest, "text" | "contentType" | "deps" | "caller">): Promise<PlanRequest["source"]> {
  checkBodySize(text);
  const isJson = contentType === "" || contentType.includes("json");
  const reference = isJson && text.length <= LONGEST_REFERENCE ? referenceIn(jsonOf(text)) : undefined;
  if (reference !== undefined) return { value: await uploadedDefinition(request, reference, "body") };
  return { text, file: isJson ? "definition.json" : "definition.yaml" };
}

/** A definition of a body: as it stands there, or the upload that is named in its place. */
export async function givenSource(
  request: Pick<RouteRequest, "deps" | "caller">,
  { given, field, wrap = (definition) => definition }: { given: unknown; field: string; wrap?: (definition: unknown) => unknown },
): Promise<PlanRequest["source"]> {
  const reference = referenceIn(given);
  if (reference === undefined) return { value: wrap(given) };
  const value = await uploadedDefinition(request, reference, field);
  // Files have the wrapper that a request's field stands for.
  return { value: typeof value === "object" && value !== null && WRAPPERS.some((name) => name in value) ? value : wrap(value) };
}

/** Characters of a body that holds a reference and nothing else, with room for spaces. */
const LONGEST_REFERENCE = 200;

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An uploaded definition. @throws {InvalidRequestError} it is larger than a definition may be. */
async function uploadedDefinition({ deps, caller }: Pick<RouteRequest, "deps" | "caller">, reference: string, field: string): Promise<unknown> {
  const at = await uploadedPayload(deps.definitions, { tenant: caller.tenant, reference, field, now: deps.now() });
  if (at.bytes > LIMITS.requestBodyBytes) {
    throw new InvalidRequestError([{ field: `${field}.$ref`, message: `names a definition of ${at.bytes} bytes, more than ${LIMITS.requestBodyBytes}; cut it into workflows that run one another` }]);
  }
  return loadPayload(deps.payloads, at);
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
  const source = typeof given === "string" ? { text: given, file: "definition.yaml" } : await givenSource(request, { given, field });
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
