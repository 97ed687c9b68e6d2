import { describe, expect, it } from "vitest";
import { A2aFault, faultOf } from "../../../../shared/endpoint/wire/faults.ts";
import { rpcError } from "../../../../shared/endpoint/wire/json-rpc.ts";
import { ForbiddenError, InvalidRequestError, NotFoundError, QueueFullError } from "../../../../shared/core/errors.ts";

describe("a refusal", () => {
  it.each([
    {
      error: new A2aFault("TASK_NOT_CANCELABLE", "m"),
      code: -32_002,
      http: 400,
      status: "FAILED_PRECONDITION",
      reason: "TASK_NOT_CANCELABLE",
    },
    {
      error: new NotFoundError("execution", "x"),
      code: -32_001,
      http: 404,
      status: "NOT_FOUND",
      reason: "TASK_NOT_FOUND",
    },
    {
      error: new ForbiddenError("workflow:submit"),
      code: -32_600,
      http: 403,
      status: "PERMISSION_DENIED",
      reason: "PERMISSION_DENIED",
    },
    {
      error: new QueueFullError("full", { retryAfterSeconds: 9, facts: {} }),
      code: -32_603,
      http: 429,
      status: "RESOURCE_EXHAUSTED",
      reason: "RESOURCE_EXHAUSTED",
    },
  ])("names its reason: $reason", ({ error, reason, ...fault }) => {
    const found = faultOf(error);
    expect(found).toMatchObject({
      ...fault,
      details: [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason, domain: "a2a-protocol.org" }],
    });
  });

  it("lists the fields that do not fit", () => {
    const fault = faultOf(new InvalidRequestError([{ field: "message.parts", message: "is empty" }]));
    expect(fault?.details[1]).toEqual({
      "@type": "type.googleapis.com/google.rpc.BadRequest",
      fieldViolations: [{ field: "message.parts", description: "is empty" }],
    });
  });

  it("travels in the list error.data, for 0.3 in an object, and a defect is none", () => {
    const fault = faultOf(new A2aFault("PARSE_ERROR", "no JSON"));
    expect(fault && rpcError(null, fault, "1.0")).toMatchObject({
      jsonrpc: "2.0",
      id: null,
      error: { code: -32_700, message: "no JSON", data: [{ reason: "PARSE_ERROR" }] },
    });
    expect(fault && rpcError(7, fault, "0.3")).toMatchObject({
      id: 7,
      error: { code: -32_700, data: { details: [{ reason: "PARSE_ERROR" }] } },
    });
    expect(faultOf(new TypeError("a bug"))).toBeUndefined();
  });
});
