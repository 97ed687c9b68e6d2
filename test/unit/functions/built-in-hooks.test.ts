import { beforeEach, describe, expect, it } from "vitest";
import { runHooks } from "../../../functions/run-hooks/run-hooks.ts";
import { deliverNotice } from "../../../functions/notify/deliver-notice.ts";
import { NO_POSTERIORS, observeEnding } from "../../../shared/agents/registry/posterior.ts";
import { saveAgent } from "../../../shared/agents/store/agent-store.ts";
import { learn, loadPosteriors } from "../../../shared/agents/store/profile-store.ts";
import type { ExecutionStatus } from "../../../shared/execution/execution.ts";
import { saveSubmission } from "../../../shared/execution/store/execution-store.ts";
import type { HookEvent } from "../../../shared/hooks/hook-event.ts";
import { type HookRun, runIdOf } from "../../../shared/hooks/hook-run.ts";
import { saveHook } from "../../../shared/hooks/store/hook-store.ts";
import { loadRuns } from "../../../shared/hooks/store/run-store.ts";
import { saveChannel } from "../../../shared/incidents/store/channel-store.ts";
import { begin, SessionBody } from "../../../shared/sessions/session.ts";
import { joinSession, loadSession, saveSession } from "../../../shared/sessions/store/session-store.ts";
import { headRow } from "../../fixtures/runtime/head-rows.ts";
import { hookLike, HookWorld, orderOf } from "../../fixtures/runtime/hook-kit.ts";
import { channelLike, IncidentWorld } from "../../fixtures/runtime/incident-kit.ts";
import { agentOf, EXECUTION } from "../../fixtures/runtime/memory-runtime.ts";
import { saveRow, taskRow } from "../../fixtures/runtime/task-rows.ts";

const SESSION = "session_0123456789";
const AT = "2026-11-21T10:00:00.000Z";

let world: HookWorld;
beforeEach(() => {
  world = new HookWorld();
});

/** Runs a built-in function for an event, as a hook that is called so. */
async function call(name: string, event: Partial<HookEvent> = {}, args: readonly string[] = []): Promise<HookRun | undefined> {
  const hook = hookLike({ name: "mine", retry_policy: { max_attempts: 1 }, action: { type: "function", function: `builtin:${name}`, args } });
  await saveHook(world.control, "acme", { hook });
  const order = orderOf("hook_1");
  const one = { ...order, event: { ...order.event, ...event, facts: event.facts ?? order.event.facts } };
  await runHooks(world.deps, one);
  const id = runIdOf(one.event, "hook_1");
  return (await loadRuns(world.control, "acme", [id])).get(id)?.run;
}

const execution = (more: { status?: ExecutionStatus; executionId?: string } & Record<string, unknown> = {}) => headRow({ status: "running", executionId: EXECUTION, ...more });
const putExecution = (more: Parameters<typeof execution>[0] = {}) => saveSubmission(world.deps.executions, execution(more));
const putTask = (output: unknown, more: { state?: "completed" | "running" | "failed"; task?: string } = {}) =>
  saveRow(world.deps.executions, execution(), {
    row: taskRow({ task: "fetch", state: "completed", ...more, ...(more.state === undefined || more.state === "completed" ? { output: { json: JSON.stringify(output) } } : {}) }),
  });
const putSession = (id = SESSION, more: object = {}, at = AT) => saveSession(world.control, "acme", begin(id, SessionBody.parse({ name: "weekly", ...more }), { at, by: "ann" }));
const session = (id = SESSION) => loadSession(world.control, "acme", { id });
const inSession = { session: { id: SESSION, version: 1, variables: { json: "{}" } } };

describe("auto-assign", () => {
  const starting = { type: "task.starting", facts: { task_id: "fetch", skill: "work", role: { capabilities: ["work"] } } };
  const teach = (agentId: string, success: number) =>
    learn(world.agents, { tenant: "acme", agentId }, [
      {
        eventId: `lesson of ${agentId}`,
        apply: (learnt) => ({ ...learnt, posteriors: Array.from({ length: 50 }).reduce<typeof NO_POSTERIORS>((known) => observeEnding(known, { capability: "work", success, at: world.time }), NO_POSTERIORS) }),
      },
    ]);

  it("gives the task to the agent whose tasks of the skill succeeded lately", async () => {
    for (const id of ["agent-one", "agent-two", "agent-three"]) await saveAgent(world.agents, agentOf(id));
    await teach("agent-one", 0);
    await teach("agent-two", 1);
    await teach("agent-three", 0.3);
    expect(await call("auto-assign", starting)).toMatchObject({ status: "completed", output: { patch: { agent_id: "agent-two" }, drawn: [{ agent_id: "agent-two" }, {}, {}] } });
  });

  it("leaves out who failed it before, who cannot do it and who is in quarantine, as long as there are others", async () => {
    await saveAgent(world.agents, agentOf("agent-one"));
    await saveAgent(world.agents, agentOf("agent-two"));
    await saveAgent(world.agents, agentOf("agent-other", { capabilities: ["sing"] }));
    await saveAgent(world.agents, agentOf("agent-shut", { quarantine: { reason: "x", by: "ann", at: AT } }));
    expect(await call("auto-assign", { ...starting, facts: { ...starting.facts, tried_agents: ["agent-one"] } })).toMatchObject({ output: { patch: { agent_id: "agent-two" } } });
    expect(await call("auto-assign", { ...starting, event_id: "e2", facts: { ...starting.facts, tried_agents: ["agent-one", "agent-two"] } })).toMatchObject({
      output: { patch: { agent_id: expect.stringMatching(/agent-(one|two)/) } },
    });
  });

  it.each([
    { why: "there is no agent", facts: starting.facts, reason: "no agent is free that can do the task" },
    { why: "the task names no skill", facts: { task_id: "fetch" }, reason: "the task names no skill" },
    { why: "the task names its agent", facts: { ...starting.facts, role: { capabilities: [], agent_id: "agent-one" } }, reason: "the task names its agent" },
  ])("changes nothing when $why", async ({ facts, reason }) => {
    expect((await call("auto-assign", { ...starting, facts }))?.output).toEqual({ done: false, reason });
  });
});

describe("search-cache", () => {
  const asking = (execution_id = EXECUTION, event_id = execution_id): Partial<HookEvent> => ({ type: "task.starting", event_id, execution_id, facts: { task_id: "fetch", input_hash: "abc" } });

  it("answers from what the first task that asked the same came to, while that is good", async () => {
    expect((await call("search-cache", asking(), ["ttl_seconds=60"]))?.output).toEqual({ hit: false });
    await putTask({ found: 1 });
    const from = { execution_id: EXECUTION, task_id: "fetch" };
    expect((await call("search-cache", asking("exec_second0000"), ["ttl_seconds=60"]))?.output).toEqual({ hit: true, from, patch: { skip: { output_of: from } } });
    world.time += 61_000;
    expect((await call("search-cache", asking("exec_third00000"), ["ttl_seconds=60"]))?.output).toEqual({ hit: false });
  });

  it("leaves the first to ask in its place while it is at work, and takes the place of one that failed", async () => {
    await call("search-cache", asking());
    await putTask(null, { state: "running" });
    await call("search-cache", asking("exec_second0000"));
    expect([...world.tables.rows.values()].find(({ sk }) => sk === "ASKED")).toMatchObject({ execution: EXECUTION });
    world.tables.rows.clear();
    await call("search-cache", asking());
    await putTask(null, { state: "failed" });
    await call("search-cache", asking("exec_second0000"));
    expect([...world.tables.rows.values()].find(({ sk }) => sk === "ASKED")).toMatchObject({ execution: "exec_second0000" });
  });

  it("has nothing to do without a task", async () => {
    expect((await call("search-cache", { facts: {} }))?.output).toMatchObject({ done: false });
  });
});

describe("notify", () => {
  it("tells the channels that hear of such things, once however often it runs, and in their own way", async () => {
    const incidents = new IncidentWorld();
    const others = [
      channelLike({ channel_id: "chan_2", name: "critical", min_severity: "critical" }),
      channelLike({ channel_id: "chan_3", name: "off", enabled: false }),
      channelLike({ channel_id: "chan_4", name: "agents", incident_types: ["agent_failure"] }),
    ];
    for (const channel of [channelLike(), ...others]) await saveChannel(world.control, "acme", channel);
    const run = await call("notify", {}, ["text={task_id} of {workflow_id} is {status}"]);
    expect(run?.output).toEqual({ channels: ["ops"] });
    const [order] = world.notices;
    expect(world.notices).toMatchObject([{ kind: "notice", channel: "chan_1", incident: run?.run_id }]);
    if (order === undefined) throw new Error("no order");
    const deps = { ...incidents.notify, control: world.control };
    for (const again of [order, order]) await deliverNotice(deps, again);
    expect(incidents.posted).toHaveLength(1);
    expect(JSON.parse(incidents.posted[0]?.body ?? "{}")).toMatchObject({ type: "hook.notice", data: { text: "fetch of report is success", channel: "ops" } });
  });

  it("tells the channel that is named, and says what happened where nobody says how", async () => {
    await saveChannel(world.control, "acme", channelLike({ groups: ["on_call"], incident_types: ["agent_failure"] }));
    for (const [index, channel] of ["ops", "chan_1", "on_call"].entries()) {
      expect((await call("notify", { event_id: `e${index}` }, [`channel=${channel}`]))?.output).toEqual({ channels: ["ops"] });
    }
    expect([...world.tables.rows.values()].find(({ said }) => said !== undefined)).toMatchObject({ said: "mine: task.completed report exec_0123456789 fetch success", severity: "medium" });
  });

  it.each([
    { args: ["channel=ops"], says: "no channel or group 'ops'" },
    { args: ["severity=low"], says: "severity 'low'; add one" },
  ])("fails when nobody would hear it: $args", async ({ args, says }) => {
    expect(await call("notify", {}, args)).toMatchObject({ status: "failed", error: { code: "NobodyToTell", message: expect.stringContaining(says) } });
  });
});

describe("checks before commands and edits", () => {
  const before = (input: unknown): Partial<HookEvent> => ({ type: "task.starting", facts: { task_id: "fetch", input } });

  it.each([
    { input: { command: "ruff check src" }, status: "completed" },
    { input: { command: ["git", "status"] }, status: "completed" },
    { input: { command: "ruff check", args: ["src"] }, status: "completed" },
    { input: { command: "ruff check; rm -rf /" }, status: "failed", says: "';'" },
    { input: { command: ["git", "-c", "core.sshCommand=id", "status"] }, status: "failed", says: "'git -c'" },
    { input: { command: 7 }, status: "failed", says: "no command in 'command'" },
    { input: undefined, status: "failed", says: "too large to be looked at" },
  ])("judges the command in $input", async ({ input, status, says }) => {
    const run = await call("validate-command", before(input));
    expect(run?.status).toBe(status);
    if (says !== undefined) expect(run?.error?.message).toContain(says);
  });

  it("allows what the hook allows", async () => {
    expect(await call("validate-command", before({ run: "git status" }), ["field=run", "allow=ruff,black"])).toMatchObject({ status: "failed", error: { code: "CommandRefused" } });
  });

  it.each([
    { input: { files: ["a.py"] }, status: "completed" },
    { input: { files: ["../a.py"] }, status: "failed" },
    { input: "a.py", status: "failed" },
  ])("judges the files in $input", async ({ input, status }) => {
    expect((await call("check-files", before(input), ["extensions=py"]))?.status).toBe(status);
  });
});

describe("what sessions remember", () => {
  it("is what an execution came to, or one of its tasks, once", async () => {
    await putSession();
    await putExecution({ ...inSession, status: "completed", completedAt: AT, startedAt: AT, output: { json: '{"total":3}' } });
    await putTask({ rows: 2 });
    const ended = { type: "workflow.status_changed", facts: { new_status: "completed" } };
    expect((await call("session-save", ended))?.output).toEqual({ session_id: SESSION, version: 2, variable: "report" });
    await call("session-save", { ...ended, event_id: "again" });
    await call("session-save", { ...ended, event_id: "task" }, ["task=fetch", "variable=rows"]);
    expect(await session()).toMatchObject({ version: 3, status: "active", variables: { report: { total: 3 }, rows: { rows: 2 } } });
  });

  it.each([
    { why: "that belongs to none", head: { status: "completed" as const, completedAt: AT, startedAt: AT }, output: { done: false, reason: "the execution belongs to no session" } },
    { why: "that failed", head: { ...inSession, status: "failed" as const, completedAt: AT, startedAt: AT }, output: { done: false, reason: "the execution ended failed" } },
  ])("is nothing of an execution $why", async ({ head, output }) => {
    await putExecution(head);
    expect((await call("session-save"))?.output).toEqual(output);
  });

  it("is asked for by name where an execution has no output of its own", async () => {
    await putExecution({ ...inSession, status: "completed", completedAt: AT, startedAt: AT });
    expect((await call("session-save"))?.error?.message).toContain("name a task by task=<id>");
    expect((await call("session-save", { event_id: "e2" }, ["task=gone"]))?.error?.message).toContain("of task 'gone'");
    expect((await call("session-save", { execution_id: undefined, event_id: "e3" }))?.output).toMatchObject({ done: false });
  });

  it("is what a command gave", async () => {
    await putSession();
    await putExecution(inSession);
    expect((await call("remember"))?.output).toMatchObject({ done: false, reason: "the task gave nothing" });
    await putTask({ exit: 0 });
    await call("remember", { event_id: "e2" });
    expect((await session()).variables).toEqual({ fetch: { exit: 0 } });
    expect((await call("remember", { execution_id: undefined, event_id: "e3" }))?.output).toMatchObject({ done: false });
  });

  it("passes on to the next session of the same name, under what that brings itself", async () => {
    await putSession("session_older00000", { variables: { a: 0 } }, "2026-11-20T10:00:00.000Z");
    await putSession("session_earlier000", { variables: { a: 1, b: 1 } }, "2026-11-21T09:00:00.000Z");
    await putSession(SESSION, { variables: { b: 2 } });
    const created = { type: "session.created", execution_id: undefined, facts: { session_id: SESSION } };
    expect((await call("session-restore", created))?.output).toMatchObject({ restored_from: "session_earlier000", variables: ["a", "b"] });
    expect((await session()).variables).toEqual({ a: 1, b: 2 });
    expect((await call("session-restore", { ...created, event_id: "e2" }, ["name=other"]))?.output).toMatchObject({ reason: expect.stringContaining("no earlier session 'other'") });
    expect((await call("session-restore", { ...created, type: "session.resumed", event_id: "e3" }))?.output).toMatchObject({ done: false });
  });

  it("is summed up in figures, or in an agent's words", async () => {
    await putSession();
    const ended = { type: "session.saved", execution_id: undefined, facts: { session_id: SESSION } };
    expect((await call("session-summary", ended))?.output).toMatchObject({ summary: "No executions." });
    await putExecution({ ...inSession, status: "completed", startedAt: AT, completedAt: "2026-11-21T10:00:02.500Z" });
    await putExecution({ executionId: "exec_second0000", ...inSession, status: "failed", startedAt: AT, completedAt: AT, failure: { code: "AgentFailed", message: "no" } });
    for (const id of [EXECUTION, "exec_second0000"]) await joinSession(world.control, "acme", { session: SESSION, execution: id, at: AT });
    await call("session-summary", { ...ended, event_id: "e2" });
    expect((await session()).summary).toMatch(/^2 executions: 1 completed, 1 failed\.\nThey took 2\.5 s together\.\nFailures:\n- \w+ \(exec_second0000\): AgentFailed: no$/);
    const heard: unknown[] = [];
    const calls = {
      ...world.deps.calls,
      send: async (_: unknown, message: { data: { input?: unknown } }) => {
        heard.push(message.data.input);
        return { kind: "completed" as const, output: "one went wrong" };
      },
    };
    Object.assign(world.deps, { agent: () => Promise.resolve(agentOf("agent-words")), calls });
    await call("session-summary", { ...ended, event_id: "e3" }, ["agent=agent-words"]);
    expect([(await session()).summary, heard]).toMatchObject(["one went wrong", [{ summary: expect.stringContaining("1 failed") }]]);
    Object.assign(world.deps, { agent: () => Promise.resolve(undefined) });
    expect((await call("session-summary", { ...ended, event_id: "e4" }, ["agent=agent-gone"]))?.status).toBe("failed");
    expect((await call("session-summary", { event_id: "e5", execution_id: undefined }))?.output).toMatchObject({ done: false });
  });
});

describe("learn", () => {
  it("lets what an output says of its quality count for its agent, once", async () => {
    await putTask({ quality: 0.25 });
    await call("learn");
    await call("learn", { event_id: "fetch.3.settled", timestamp: AT, facts: { task_id: "fetch", agent_id: "agent-1", skill: "fetch-data" } });
    expect((await loadPosteriors(world.agents, "acme", ["agent-1"])).get("agent-1")).toMatchObject({ skills: { "fetch-data": { completed: 0.25, failed: 0.75 } } });
  });

  it.each([
    { why: "of another kind", output: { quality: "good" }, status: "failed" },
    { why: "that is no object", output: 7, status: "failed" },
  ])("fails for an output $why", async ({ output, status }) => {
    await putTask(output);
    expect((await call("learn"))?.status).toBe(status);
  });

  it("has nothing to do where no agent did a skill, or gave nothing", async () => {
    expect((await call("learn", { facts: { task_id: "fetch" } }))?.output).toMatchObject({ reason: "no agent did a skill" });
    expect((await call("learn", { event_id: "e2" }))?.output).toMatchObject({ reason: "the task gave nothing" });
  });
});

it("fails by name where a later version's function is gone", async () => {
  expect(await call("gone")).toMatchObject({ status: "failed", error: { code: "UnknownBuiltIn" } });
});
