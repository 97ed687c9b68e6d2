import { describe, expect, it } from "vitest";
import { AgentUnavailableError, InvalidAgentCardError } from "../../../shared/a2a/errors.ts";
import { ConflictError, ForbiddenError, IllegalMoveError, InvalidDefinitionError, InvalidRequestError, NotFoundError, StoreUnavailableError } from "../../../shared/core/errors.ts";
import { problemOf } from "../../../shared/http/problem.ts";
import { RequestTooLargeError, UnauthenticatedError } from "../../../shared/http/request.ts";

describe("problemOf", () => {
  it.each([
    { error: new InvalidDefinitionError([{ code: "x", path: "tasks", message: "empty" }]), status: 422, code: "InvalidDefinition" },
    { error: new IllegalMoveError("cannot pause", { legal_moves: [] }), status: 409, code: "IllegalMove" },
    { error: new InvalidRequestError([{ field: "body.name", message: "missing" }]), status: 400, code: "InvalidRequest" },
    { error: new NotFoundError("execution", "e"), status: 404, code: "NotFound" },
    { error: new ConflictError("twice"), status: 409, code: "Conflict" },
    { error: new ForbiddenError("workflow:read"), status: 403, code: "Forbidden" },
    { error: new UnauthenticatedError(), status: 401, code: "Unauthenticated" },
    { error: new RequestTooLargeError(6_000_000), status: 413, code: "RequestTooLarge" },
    { error: new StoreUnavailableError("busy"), status: 503, code: "StoreUnavailable" },
    { error: new AgentUnavailableError("agent-x", "silent"), status: 503, code: "AgentUnavailable" },
    { error: new InvalidAgentCardError("https://a.test", "no card"), status: 500, code: "InvalidAgentCard" },
  ])("answers $code with $status", ({ error, status, code }) => {
    const reply = problemOf(error);
    expect(reply?.statusCode).toBe(status);
    expect(JSON.parse(reply?.body ?? "")).toMatchObject({ type: `urn:a2a-orchestrator:problem:${code}`, status, detail: error.message });
    expect(reply?.headers?.["retry-after"]).toBe(status === 503 ? "2" : undefined);
  });

  it.each([
    { error: new NotFoundError("execution", "exec_1"), title: "not found", detail: "execution 'exec_1' was not found" },
    { error: new IllegalMoveError("cannot pause", {}), title: "not possible in the current state", detail: "cannot pause" },
    { error: new StoreUnavailableError("busy"), title: "temporarily unavailable", detail: /busy; try again$/ },
    { error: new InvalidAgentCardError("https://a.test", "no card"), title: "internal error", detail: /no card/ },
  ])("says '$title'", ({ error, title, detail }) => {
    const body: unknown = JSON.parse(problemOf(error)?.body ?? "");
    expect(body).toMatchObject({ title, detail: expect.stringMatching(detail) });
  });

  it("says what an error knows beside its message", () => {
    const facts = { execution_id: "exec_1", legal_moves: ["rerun"] };
    expect(JSON.parse(problemOf(new IllegalMoveError("cannot pause", facts))?.body ?? "")).toMatchObject(facts);
  });

  it("lists each flaw of a request", () => {
    const reply = problemOf(new InvalidRequestError([{ field: "body.a", message: "is missing" }]));
    expect(JSON.parse(reply?.body ?? "")["errors"]).toEqual([{ field: "body.a", message: "is missing" }]);
  });

  it.each([new TypeError("oops"), "text", undefined, { code: "NotFound" }])("knows nothing of %s", (error) => {
    expect(problemOf(error)).toBeUndefined();
  });
});
