import { InvalidRequestError, OrchestratorError } from "../../core/errors.ts";
import { refusalOf } from "../../http/refusals.ts";
import { type FaultReason, FAULTS } from "../../http/fault-reasons.ts";

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

/** The refusal that an error stands for; `undefined` for a defect. */
export function faultOf(error: unknown): Fault | undefined {
  if (error instanceof A2aFault) {
    const fault = describe(error.reason, error, error.metadata);
    return error.http === undefined ? fault : { ...fault, http: error.http };
  }
  const refusal = refusalOf(error);
  if (refusal === undefined || !(error instanceof OrchestratorError)) return undefined;
  const { a2a, retryAfterSeconds } = refusal;
  const fault = describe(a2a, error, {});
  if (!(error instanceof InvalidRequestError)) return { ...fault, retryAfterSeconds };
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
