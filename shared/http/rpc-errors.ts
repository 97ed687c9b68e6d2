/** Refusals of the JSON-RPC of spec 004 §4: those of JSON-RPC 2.0, those of the specification, and from -32020 on ours. */
export const RPC_ERRORS = {
  ParseError: { code: -32_700, meaning: "the body is not JSON" },
  InvalidRequest: { code: -32_600, meaning: "this is no JSON-RPC 2.0 request" },
  MethodNotFound: { code: -32_601, meaning: "there is no such method; rpc.discover lists those that there are" },
  InvalidParams: { code: -32_602, meaning: "the parameters, or the workflow definition, have flaws" },
  Internal: { code: -32_603, meaning: "internal error" },
  UnsupportedPattern: { code: -32_000, meaning: "unsupported orchestration pattern" },
  CapabilitiesNotAvailable: { code: -32_001, meaning: "agent capabilities not available" },
  ResourcesNotSatisfiable: { code: -32_002, meaning: "resource constraints not satisfiable" },
  NotFound: { code: -32_003, meaning: "workflow or execution not found, or another thing that the call names" },
  AlreadyExecuting: { code: -32_004, meaning: "the idempotency key belongs to another execution of the workflow" },
  AllocationFailed: { code: -32_005, meaning: "resource allocation failed: too many executions are waiting" },
  IllegalState: { code: -32_007, meaning: "not possible in the current state" },
  CheckpointNotFound: { code: -32_008, meaning: "checkpoint not found" },
  HookNameConflict: { code: -32_011, meaning: "another hook has this name" },
  InvalidTrigger: { code: -32_012, meaning: "invalid trigger type" },
  InvalidAction: { code: -32_013, meaning: "invalid action" },
  HookNotFound: { code: -32_014, meaning: "hook not found" },
  Unauthenticated: { code: -32_020, meaning: "no valid token" },
  Forbidden: { code: -32_021, meaning: "no role of the caller grants this" },
  TooLarge: { code: -32_022, meaning: "the request is too large" },
  Conflict: { code: -32_023, meaning: "the request conflicts with the current state" },
  Unavailable: { code: -32_024, meaning: "temporarily unavailable; try again later" },
} as const;

/** Names a refusal of JSON-RPC. */
export type RpcErrorName = keyof typeof RPC_ERRORS;
