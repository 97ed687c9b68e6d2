import type { FaultReason } from "./fault-reasons.ts";
import { ForbiddenUrlError } from "../a2a/errors.ts";
import {
  ConflictError,
  ForbiddenError,
  IllegalMoveError,
  InvalidDefinitionError,
  InvalidRequestError,
  NotFoundError,
  OrchestratorError,
  QueueFullError,
  TooManyStreamsError,
} from "../core/errors.ts";
import { RequestTooLargeError, UnauthenticatedError } from "./request.ts";
import type { RpcErrorName } from "./rpc-errors.ts";

/** How an error of ours is told in each way in. */
export interface Refusal {
  /** Status and title of problem details. */
  readonly http: number;
  readonly title: string;
  /** In the JSON-RPC of spec 004 §4. */
  readonly rpc: RpcErrorName;
  readonly a2a: FaultReason;
  /** When it is worth another try. */
  readonly retryAfterSeconds?: number | undefined;
}

/** The one table from error classes to the words of REST, JSON-RPC and A2A; the first row that fits counts. */
const REFUSALS: readonly (readonly [new (...given: never[]) => OrchestratorError, Refusal])[] = [
  [InvalidDefinitionError, { http: 422, title: "the workflow definition has flaws", rpc: "InvalidParams", a2a: "INVALID_PARAMS" }],
  [InvalidRequestError, { http: 400, title: "the request is not valid", rpc: "InvalidParams", a2a: "INVALID_PARAMS" }],
  [ForbiddenUrlError, { http: 400, title: "the request is not valid", rpc: "InvalidParams", a2a: "INVALID_PARAMS" }],
  [NotFoundError, { http: 404, title: "not found", rpc: "NotFound", a2a: "TASK_NOT_FOUND" }],
  [ConflictError, { http: 409, title: "the request conflicts with the current state", rpc: "Conflict", a2a: "INVALID_PARAMS" }],
  [IllegalMoveError, { http: 409, title: "not possible in the current state", rpc: "IllegalState", a2a: "UNSUPPORTED_OPERATION" }],
  [ForbiddenError, { http: 403, title: "not permitted", rpc: "Forbidden", a2a: "PERMISSION_DENIED" }],
  [UnauthenticatedError, { http: 401, title: "no valid token", rpc: "Unauthenticated", a2a: "UNAUTHENTICATED" }],
  [QueueFullError, { http: 429, title: "too many workflows are waiting", rpc: "AllocationFailed", a2a: "RESOURCE_EXHAUSTED" }],
  [TooManyStreamsError, { http: 429, title: "too many open streams", rpc: "AllocationFailed", a2a: "RESOURCE_EXHAUSTED" }],
  [RequestTooLargeError, { http: 413, title: "the request is too large", rpc: "TooLarge", a2a: "REQUEST_TOO_LARGE" }],
];

const PASSING: Refusal = { http: 503, title: "temporarily unavailable", rpc: "Unavailable", a2a: "UNAVAILABLE", retryAfterSeconds: 2 };

/** Title of what is our fault. */
export const INTERNAL = "internal error";

const OURS: Refusal = { http: 500, title: INTERNAL, rpc: "Internal", a2a: "INTERNAL" };

/** How an error that we threw on purpose is told; `undefined` for anything else, which is a defect. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof OrchestratorError)) return undefined;
  const [, row] = REFUSALS.find(([type]) => error instanceof type) ?? [];
  if (row === undefined) return error.recovery === "retry" ? PASSING : OURS;
  const isLimit = error instanceof QueueFullError || error instanceof TooManyStreamsError;
  return isLimit ? { ...row, retryAfterSeconds: error.retryAfterSeconds } : row;
}
