import {
  ConflictError,
  ForbiddenError,
  IllegalMoveError,
  InvalidRequestError,
  NotFoundError,
  OrchestratorError,
  QueueFullError,
} from "../../core/errors.ts";
import { RequestTooLargeError, UnauthenticatedError } from "../../http/request.ts";
import { ForbiddenUrlError } from "../errors.ts";

/** Every refusal that the endpoint knows, by the reason that `google.rpc.ErrorInfo` carries: one row for all bindings. */
const FAULTS = {
  PARSE_ERROR: { code: -32_700, http: 400, status: "INVALID_ARGUMENT" },
  INVALID_REQUEST: { code: -32_600, http: 400, status: "INVALID_ARGUMENT" },
  METHOD_NOT_FOUND: { code: -32_601, http: 404, status: "NOT_FOUND" },
  INVALID_PARAMS: { code: -32_602, http: 400, status: "INVALID_ARGUMENT" },
  INTERNAL: { code: -32_603, http: 500, status: "INTERNAL" },
  TASK_NOT_FOUND: { code: -32_001, http: 404, status: "NOT_FOUND" },
  TASK_NOT_CANCELABLE: { code: -32_002, http: 400, status: "FAILED_PRECONDITION" },
  PUSH_NOTIFICATION_NOT_SUPPORTED: { code: -32_003, http: 400, status: "FAILED_PRECONDITION" },
  UNSUPPORTED_OPERATION: { code: -32_004, http: 400, status: "FAILED_PRECONDITION" },
  CONTENT_TYPE_NOT_SUPPORTED: { code: -32_005, http: 400, status: "INVALID_ARGUMENT" },
  EXTENSION_SUPPORT_REQUIRED: { code: -32_008, http: 400, status: "FAILED_PRECONDITION" },
  VERSION_NOT_SUPPORTED: { code: -32_009, http: 400, status: "FAILED_PRECONDITION" },
  UNAUTHENTICATED: { code: -32_600, http: 401, status: "UNAUTHENTICATED" },
  PERMISSION_DENIED: { code: -32_600, http: 403, status: "PERMISSION_DENIED" },
  REQUEST_TOO_LARGE: { code: -32_600, http: 413, status: "INVALID_ARGUMENT" },
  RESOURCE_EXHAUSTED: { code: -32_603, http: 429, status: "RESOURCE_EXHAUSTED" },
  UNAVAILABLE: { code: -32_603, http: 503, status: "UNAVAILABLE" },
} as const;

/** Why a call is refused. */
export type FaultReason = keyof typeof FAULTS;

/**
 * A call that A2A refuses.
 *
 * @example
 * ```ts
 * throw new A2aFault("VERSION_NOT_SUPPORTED", "A2A 9.9 is not spoken here; send A2A-Version: 1.0");
 * ```
 */
export class A2aFault extends OrchestratorError {
  static override readonly code = "A2aFault";
  override readonly recovery = "fix-request";
  readonly reason: FaultReason;
  /** Facts for programs, beside the message for people. */
  readonly metadata: Readonly<Record<string, string>>;
  /** HTTP status where it is not the reason's own. */
  readonly http: number | undefined;

  constructor(reason: FaultReason, message: string, metadata: Readonly<Record<string, string>> = {}, http?: number) {
    super(message);
    this.reason = reason;
    this.metadata = metadata;
    this.http = http;
  }
}

/** A refusal, ready to be written in any binding. */
export interface Fault {
  /** Of JSON-RPC. */
  readonly code: number;
  readonly http: number;
  /** Name of the gRPC status. */
  readonly status: string;
  readonly message: string;
  readonly details: readonly Readonly<Record<string, unknown>>[];
  /** Whether the transport must say it too, because clients and proxies act on it: who is refused, and when to return. */
  readonly isOfTransport: boolean;
  readonly retryAfterSeconds?: number | undefined;
}

/** Our own errors in A2A's words. */
const REASONS: readonly (readonly [new (...given: never[]) => OrchestratorError, FaultReason])[] = [
  [NotFoundError, "TASK_NOT_FOUND"],
  [InvalidRequestError, "INVALID_PARAMS"],
  [ForbiddenUrlError, "INVALID_PARAMS"],
  [ConflictError, "INVALID_PARAMS"],
  [IllegalMoveError, "UNSUPPORTED_OPERATION"],
  [ForbiddenError, "PERMISSION_DENIED"],
  [UnauthenticatedError, "UNAUTHENTICATED"],
  [RequestTooLargeError, "REQUEST_TOO_LARGE"],
  [QueueFullError, "RESOURCE_EXHAUSTED"],
];

/** The refusal that an error stands for; `undefined` for a defect. */
export function faultOf(error: unknown): Fault | undefined {
  if (error instanceof A2aFault) {
    const fault = describe(error.reason, error, error.metadata);
    return error.http === undefined ? fault : { ...fault, http: error.http };
  }
  if (!(error instanceof OrchestratorError)) return undefined;
  const [, reason = error.recovery === "retry" ? "UNAVAILABLE" : "INTERNAL"] =
    REASONS.find(([type]) => error instanceof type) ?? [];
  const fault = describe(reason, error, {});
  const wait = error instanceof QueueFullError ? error.retryAfterSeconds : reason === "UNAVAILABLE" ? 2 : undefined;
  if (!(error instanceof InvalidRequestError)) return { ...fault, retryAfterSeconds: wait };
  const fieldViolations = error.flaws.map(({ field, message }) => ({ field, description: message }));
  return { ...fault, details: [...fault.details, { "@type": `${TYPES}google.rpc.BadRequest`, fieldViolations }] };
}

/** The refusal that hides a defect: what is wrong stands in the log. */
export const internalFault = (requestId: string): Fault =>
  describe("INTERNAL", { message: `internal error; report it with the request id ${requestId}` }, { requestId });

const TYPES = "type.googleapis.com/";
const OF_TRANSPORT: ReadonlySet<number> = new Set([401, 403, 413, 429, 503]);

function describe(
  reason: FaultReason,
  { message }: { message: string },
  metadata: Readonly<Record<string, string>>,
): Fault {
  const info = { "@type": `${TYPES}google.rpc.ErrorInfo`, reason, domain: "a2a-protocol.org", metadata };
  const { code, http, status } = FAULTS[reason];
  return { code, http, status, message, details: [info], isOfTransport: OF_TRANSPORT.has(http) };
}
