import { beforeEach, describe, expect, it } from "vitest";
import { joinSession } from "../../../shared/sessions/store/session-store.ts";
import { BuiltInWorld, IN_SESSION, SESSION } from "../../fixtures/runtime/built-in-kit.ts";
import { agentOf, EXECUTION } from "../../fixtures/runtime/memory-runtime.ts";

const AT = "2026-11-21T10:00:00.000Z";

let world: BuiltInWorld;
beforeEach(() => {
  world = new BuiltInWorld();
});

describe("what sessions remember", () => {
  it("is what an execution came to, or one of its tasks, once", async () => {
    await world.putSession();
    await world.putExecution({ ...IN_SESSION, status: "completed", completedAt: AT, startedAt: AT, output: { json: '{"total":3}' } });
    await world.putTask({ rows: 2 });
    const ended = { type: "workflow.status_changed", facts: { new_status: "completed" } };
    expect((await world.call("session-save", ended))?.output).toEqual({ session_id: SESSION, version: 2, variable: "report" });
    await world.call("session-save", { ...ended, event_id: "again" });
    await world.call("session-save", { ...ended, event_id: "task" }, ["task=fetch", "variable=rows"]);
    expect(await world.session()).toMatchObject({ version: 3, status: "active", variables: { report: { total: 3 }, rows: { rows: 2 } } });
  });

  it.each([
    { why: "that belongs to none", head: { status: "completed" as const, completedAt: AT, startedAt: AT }, output: { done: false, reason: "the execution belongs to no session" } },
    { why: "that failed", head: { ...IN_SESSION, status: "failed" as const, completedAt: AT, startedAt: AT }, output: { done: false, reason: "the execution ended failed" } },
  ])("is nothing of an execution $why", async ({ head, output }) => {
    await world.putExecution(head);
    expect((await world.call("session-save"))?.output).toEqual(output);
  });

  it("is asked for by name where an execution has no output of its own", async () => {
    await world.putExecution({ ...IN_SESSION, status: "completed", completedAt: AT, startedAt: AT });
    expect((await world.call("session-save"))?.error?.message).toContain("name a task by task=<id>");
    expect((await world.call("session-save", { event_id: "e2" }, ["task=gone"]))?.error?.message).toContain("of task 'gone'");
    expect((await world.call("session-save", { execution_id: undefined, event_id: "e3" }))?.output).toMatchObject({ done: false });
  });

  it("is what a command gave", async () => {
    await world.putSession();
    await world.putExecution(IN_SESSION);
    expect((await world.call("remember"))?.output).toMatchObject({ done: false, reason: "the task gave nothing" });
    await world.putTask({ exit: 0 });
    await world.call("remember", { event_id: "e2" });
    expect((await world.session()).variables).toEqual({ fetch: { exit: 0 } });
    expect((await world.call("remember", { execution_id: undefined, event_id: "e3" }))?.output).toMatchObject({ done: false });
  });

  it("passes on to the next session of the same name, under what that brings itself", async () => {
    await world.putSession("session_older00000", { variables: { a: 0 } }, "2026-11-20T10:00:00.000Z");
    await world.putSession("session_earlier000", { variables: { a: 1, b: 1 } }, "2026-11-21T09:00:00.000Z");
    await world.putSession(SESSION, { variables: { b: 2 } });
    const created = { type: "session.created", execution_id: undefined, facts: { session_id: SESSION } };
    expect((await world.call("session-restore", created))?.output).toMatchObject({ restored_from: "session_earlier000", variables: ["a", "b"] });
    expect((await world.session()).variables).toEqual({ a: 1, b: 2 });
    expect((await world.call("session-restore", { ...created, event_id: "e2" }, ["name=other"]))?.output).toMatchObject({ reason: expect.stringContaining("no earlier session 'other'") });
    expect((await world.call("session-restore", { ...created, type: "session.resumed", event_id: "e3" }))?.output).toMatchObject({ done: false });
  });

  it("passes on to an execution that belongs to none: it joins the newest open session of the name, by itself the workflow's", async () => {
    const starting = { type: "workflow.starting", facts: {} };
    expect((await world.call("session-restore", starting))?.output).toMatchObject({ reason: expect.stringContaining("no open session 'report'") });
    await world.putSession("session_older00000", { name: "report" }, "2026-11-20T10:00:00.000Z");
    await world.putSession(SESSION);
    expect((await world.call("session-restore", { ...starting, event_id: "e2" }))?.output).toMatchObject({ patch: { session_id: "session_older00000" } });
    expect((await world.call("session-restore", { ...starting, event_id: "e3" }, ["name=weekly"]))?.output).toMatchObject({ patch: { session_id: SESSION } });
    expect((await world.call("session-restore", { ...starting, event_id: "e4", workflow_id: undefined }))?.output).toMatchObject({ done: false });
  });

  it("is summed up in figures, or in an agent's words", async () => {
    await world.putSession();
    const ended = { type: "session.saved", execution_id: undefined, facts: { session_id: SESSION } };
    expect((await world.call("session-summary", ended))?.output).toMatchObject({ summary: "No executions." });
    await world.putExecution({ ...IN_SESSION, status: "completed", startedAt: AT, completedAt: "2026-11-21T10:00:02.500Z" });
    await world.putExecution({ executionId: "exec_second0000", ...IN_SESSION, status: "failed", startedAt: AT, completedAt: AT, failure: { code: "AgentFailed", message: "no" } });
    for (const id of [EXECUTION, "exec_second0000"]) await joinSession(world.control, "acme", { session: SESSION, execution: id, at: AT });
    await world.call("session-summary", { ...ended, event_id: "e2" });
    expect((await world.session()).summary).toMatch(/^2 executions: 1 completed, 1 failed\.\nThey took 2\.5 s together\.\nFailures:\n- \w+ \(exec_second0000\): AgentFailed: no$/);
    const heard: unknown[] = [];
    const calls = {
      ...world.deps.calls,
      send: async (_: unknown, message: { data: { input?: unknown } }) => {
        heard.push(message.data.input);
        return { kind: "completed" as const, output: "one went wrong" };
      },
    };
    Object.assign(world.deps, { agent: () => Promise.resolve(agentOf("agent-words")), calls });
    await world.call("session-summary", { ...ended, event_id: "e3" }, ["agent=agent-words"]);
    expect([(await world.session()).summary, heard]).toMatchObject(["one went wrong", [{ summary: expect.stringContaining("1 failed") }]]);
    Object.assign(world.deps, { agent: () => Promise.resolve(undefined) });
    expect((await world.call("session-summary", { ...ended, event_id: "e4" }, ["agent=agent-gone"]))?.status).toBe("failed");
    expect((await world.call("session-summary", { event_id: "e5", execution_id: undefined }))?.output).toMatchObject({ done: false });
  });
});
