import { InvalidDefinitionError, InvalidRequestError, NotFoundError, OrchestratorError } from "../../../shared/core/errors.ts";
import type { Problem } from "../../../shared/core/problem.ts";
import { describeProblem, internalProblem } from "../../../shared/http/problem.ts";
import { refusalOf } from "../../../shared/http/refusals.ts";
import { RPC_ERRORS, type RpcErrorName } from "../../../shared/http/rpc-errors.ts";
import type { RpcMethod } from "./rpc-method.ts";

/** A call that JSON-RPC itself refuses. */
export class RpcFault extends OrchestratorError {
  static override readonly code = "RpcFault";
  override readonly recovery = "fix-request";
  readonly rpc: RpcErrorName;

  constructor(rpc: RpcErrorName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.rpc = rpc;
  }
}

/** The `error` of a reply. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  /** The problem document that REST would answer with. Faults of JSON-RPC itself have none. */
  readonly data?: Problem & { readonly retry_after_seconds?: number };
}

/** What a call's failure is told as. `requestId` leads to a defect's line in the log. */
export function describeRefusal(error: unknown, method: RpcMethod | undefined, requestId: string): RpcError {
  if (error instanceof RpcFault) return { code: RPC_ERRORS[error.rpc].code, message: error.message };
  const problem = describeProblem(error) ?? internalProblem(`report it with the request id ${requestId}`);
  const wait = refusalOf(error)?.retryAfterSeconds;
  return {
    code: RPC_ERRORS[nameOf(error, method)].code,
    message: problem.detail,
    data: { ...withoutPlaces(problem), ...(wait === undefined ? {} : { retry_after_seconds: wait }) },
  };
}

/** A definition came as a value: lines and columns of the text that we made of it would mislead. */
function withoutPlaces(problem: Problem): Problem {
  if (problem.errors === undefined) return problem;
  return { ...problem, errors: problem.errors.map(({ file: _file, line: _line, column: _column, ...flaw }) => flaw) };
}

function nameOf(error: unknown, method: RpcMethod | undefined): RpcErrorName {
  if (error instanceof NotFoundError && error.kind === "checkpoint") return "CheckpointNotFound";
  if (error instanceof InvalidDefinitionError) return nameOfFlaws(error.issues);
  const flaw = error instanceof InvalidRequestError ? nameOfField(error, method) : undefined;
  if (flaw !== undefined) return flaw;
  const own = error instanceof OrchestratorError ? method?.refusals?.[error.name] : undefined;
  return own ?? refusalOf(error)?.rpc ?? "Internal";
}

/** A request whose flaws lie in one field only may have a code for that field. */
function nameOfField({ flaws }: InvalidRequestError, method: RpcMethod | undefined): RpcErrorName | undefined {
  const [field = "", ...others] = new Set(flaws.map((flaw) => flaw.field.split(".")[1] ?? ""));
  return others.length === 0 ? method?.flaws?.[field] : undefined;
}

/** A definition that has flaws of one kind only is refused by the code of that kind. */
function nameOfFlaws(flaws: InvalidDefinitionError["issues"]): RpcErrorName {
  const [name = "InvalidParams", ...others] = new Set(flaws.map(nameOfFlaw));
  return others.length === 0 ? name : "InvalidParams";
}

function nameOfFlaw({ code, path }: InvalidDefinitionError["issues"][number]): RpcErrorName {
  if (code === "UnknownPattern" || (code === "InvalidValue" && path.endsWith("orchestration_pattern"))) return "UnsupportedPattern";
  if (code === "CapabilityMissing") return "CapabilitiesNotAvailable";
  return code === "ResourceUnsatisfiable" ? "ResourcesNotSatisfiable" : "InvalidParams";
}
