/** Every refusal that the endpoint knows, by the reason that `google.rpc.ErrorInfo` carries: one row for all bindings. */
export const FAULTS = {
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

/** Why an A2A call is refused. */
export type FaultReason = keyof typeof FAULTS;
