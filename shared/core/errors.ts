/** Who can help: time (`retry`), the caller (`fix-request`) or a person on call (`operator`). */
export type Recovery = "retry" | "fix-request" | "operator";

/** Base of every error we throw on purpose. Anything else that escapes is a bug. */
export abstract class OrchestratorError extends Error {
  /** Wire name: ASL `ErrorEquals` matches it. A literal, because bundlers rename classes. */
  static readonly code: string;
  abstract readonly recovery: Recovery;
  /** What it says beside its message, as the API prints it. */
  readonly facts: Readonly<Record<string, unknown>> = {};

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.code;
  }
}

/** A workflow definition breaks its own rules. `issues` lists every flaw found, not only the first. */
export class InvalidDefinitionError extends OrchestratorError {
  static override readonly code = "InvalidDefinition";
  override readonly recovery = "fix-request";
  readonly issues: readonly { readonly code: string; readonly path: string; readonly message: string }[];

  constructor(issues: InvalidDefinitionError["issues"], options?: ErrorOptions) {
    super(issues.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`)).join("; "), options);
    this.issues = issues;
  }
}

/**
 * The store kept refusing a write for reasons that pass. The same call may succeed later.
 *
 * @example
 * ```ts
 * throw new StoreUnavailableError(`${failed} events were not taken by the bus`, { cause });
 * ```
 */
export class StoreUnavailableError extends OrchestratorError {
  static override readonly code = "StoreUnavailable";
  override readonly recovery = "retry";

  constructor(reason: string, options?: ErrorOptions) {
    super(`the store refused a write: ${reason}; try again`, options);
  }
}

/**
 * The thing a request names does not exist for this tenant.
 *
 * @example
 * ```ts
 * throw new NotFoundError("execution", "exec_0123456789"); // execution 'exec_0123456789' was not found
 * ```
 */
export class NotFoundError extends OrchestratorError {
  static override readonly code = "NotFound";
  override readonly recovery = "fix-request";
  /** What was not found, in words. */
  readonly kind: string;

  constructor(kind: string, id: string, options?: ErrorOptions) {
    super(`${kind} '${id}' was not found`, options);
    this.kind = kind;
  }
}

/**
 * A request cannot be understood or breaks a rule; `field` says where, the message how to correct it.
 *
 * @example
 * ```ts
 * throw new InvalidRequestError([{ field: "query.period", message: "is none: give last_7_days, or <from>/<to>" }]);
 * ```
 */
export class InvalidRequestError extends OrchestratorError {
  static override readonly code = "InvalidRequest";
  override readonly recovery = "fix-request";
  readonly flaws: readonly { readonly field: string; readonly message: string }[];
  override readonly facts: { readonly errors: InvalidRequestError["flaws"] };

  constructor(flaws: InvalidRequestError["flaws"], options?: ErrorOptions) {
    super(flaws.map(({ field, message }) => (field === "" ? message : `${field}: ${message}`)).join("; "), options);
    this.flaws = flaws;
    this.facts = { errors: flaws };
  }
}

/**
 * The request contradicts what is already stored; the message names the state and the way on.
 *
 * @example
 * ```ts
 * throw new ConflictError("version 1.0 of 'research' exists with other content; raise the version");
 * ```
 */
export class ConflictError extends OrchestratorError {
  static override readonly code = "Conflict";
  override readonly recovery = "fix-request";
}

/** The state of an execution, or of its task, does not allow the action; `facts` says the state and what is possible. */
export class IllegalMoveError extends OrchestratorError {
  static override readonly code = "IllegalMove";
  override readonly recovery = "fix-request";
  override readonly facts: Readonly<Record<string, unknown>>;

  constructor(message: string, facts: Readonly<Record<string, unknown>>, options?: ErrorOptions) {
    super(message, options);
    this.facts = facts;
  }
}

/** So many executions wait for a slot that another of this priority is not taken; `facts` says how many and how long. */
export class QueueFullError extends OrchestratorError {
  static override readonly code = "QueueFull";
  override readonly recovery = "retry";
  readonly retryAfterSeconds: number;
  override readonly facts: Readonly<Record<string, unknown>>;

  constructor(message: string, given: { retryAfterSeconds: number; facts: Readonly<Record<string, unknown>> }, options?: ErrorOptions) {
    super(message, options);
    this.retryAfterSeconds = given.retryAfterSeconds;
    this.facts = given.facts;
  }
}

/** A tenant, or one of its subjects, holds as many streams open as it may. */
export class TooManyStreamsError extends OrchestratorError {
  static override readonly code = "TooManyStreams";
  override readonly recovery = "retry";
  readonly retryAfterSeconds: number;

  constructor(message: string, retryAfterSeconds: number, options?: ErrorOptions) {
    super(message, options);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The caller's roles do not include the permission. */
export class ForbiddenError extends OrchestratorError {
  static override readonly code = "Forbidden";
  override readonly recovery = "fix-request";

  constructor(permission: string, options?: ErrorOptions) {
    super(`this needs the permission '${permission}'; ask an administrator for a role that has it`, options);
  }
}
