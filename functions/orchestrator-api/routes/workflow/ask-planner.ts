import { InvokeCommand } from "@aws-sdk/client-lambda";
import { ConflictError, InvalidDefinitionError } from "../../../../shared/core/errors.ts";
import { AWS_QUOTAS } from "../../../../shared/core/limits.ts";
import { RequestTooLargeError } from "../../../../shared/http/request.ts";
import { PlanReply, type PlanRequest, type Report } from "../../../../shared/workflow/plan/planning.ts";
import type { ApiDeps } from "../../route.ts";

/** A definition has flaws. The caller gets the whole report: each flaw with its place and remedy. */
export class RefusedDefinitionError extends InvalidDefinitionError {
  override readonly facts: Report;

  constructor(report: Report, options?: ErrorOptions) {
    super(report.errors, options);
    this.facts = report;
  }
}

/**
 * Has `plan-workflow` validate and plan a definition.
 *
 * @throws {RefusedDefinitionError} the definition has flaws.
 * @throws {ConflictError} the version is on record with other content.
 * @throws {RequestTooLargeError} the definition does not fit a call.
 */
export async function planOrRefuse(
  deps: ApiDeps,
  request: PlanRequest,
): Promise<Extract<PlanReply, { outcome: "planned" }>> {
  const answer = await askPlanner(deps, request);
  if (answer.outcome === "invalid") throw new RefusedDefinitionError(answer.report);
  if (answer.outcome === "conflict") throw new ConflictError(answer.message);
  return answer;
}

/** Has `plan-workflow` validate and plan a definition, and answer whatever comes of it. */
export async function askPlanner(deps: ApiDeps, request: PlanRequest): Promise<PlanReply> {
  const Payload = JSON.stringify(request);
  // A text grows when it is quoted once more.
  const bytes = Buffer.byteLength(Payload);
  if (bytes > AWS_QUOTAS.lambda.payloadBytes) throw new RequestTooLargeError(bytes);
  const { Payload: answer, FunctionError } = await deps.lambda.send(
    new InvokeCommand({ FunctionName: deps.planFunction, Payload }),
  );
  const text = answer === undefined ? "null" : Buffer.from(answer).toString("utf8");
  if (FunctionError !== undefined) throw new Error(`plan-workflow failed: ${text.slice(0, 2000)}`);
  return PlanReply.parse(JSON.parse(text));
}
