import { beforeEach, describe, expect, it } from "vitest";
import { deliverNotice } from "../../../functions/notify/deliver-notice.ts";
import { NO_POSTERIORS, observeEnding } from "../../../shared/agents/registry/posterior.ts";
import { saveAgent } from "../../../shared/agents/store/agent-store.ts";
import { learn, loadPosteriors } from "../../../shared/agents/store/profile-store.ts";
import type { HookEvent } from "../../../shared/hooks/hook-event.ts";
import { saveChannel } from "../../../shared/incidents/store/channel-store.ts";
import { BuiltInWorld } from "../../fixtures/runtime/built-in-kit.ts";
import { channelLike, IncidentWorld } from "../../fixtures/runtime/incident-kit.ts";
import { agentOf, EXECUTION } from "../../fixtures/runtime/memory-runtime.ts";

const AT = "2026-11-21T10:00:00.000Z";

let world: BuiltInWorld;
beforeEach(() => {
  world = new BuiltInWorld();
});

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
    expect(await world.call("auto-assign", starting)).toMatchObject({ status: "completed", output: { patch: { agent_id: "agent-two" }, drawn: [{ agent_id: "agent-two" }, {}, {}] } });
  });

  it("leaves out who failed it before, who cannot do it and who is in quarantine, as long as there are others", async () => {
    await saveAgent(world.agents, agentOf("agent-one"));
    await saveAgent(world.agents, agentOf("agent-two"));
    await saveAgent(world.agents, agentOf("agent-other", { capabilities: ["sing"] }));
    await saveAgent(world.agents, agentOf("agent-shut", { quarantine: { reason: "x", by: "ann", at: AT } }));
    expect(await world.call("auto-assign", { ...starting, facts: { ...starting.facts, tried_agents: ["agent-one"] } })).toMatchObject({ output: { patch: { agent_id: "agent-two" } } });
    expect(await world.call("auto-assign", { ...starting, event_id: "e2", facts: { ...starting.facts, tried_agents: ["agent-one", "agent-two"] } })).toMatchObject({
      output: { patch: { agent_id: expect.stringMatching(/agent-(one|two)/) } },
    });
  });

  it.each([
    { why: "there is no agent", facts: starting.facts, reason: "no agent is free that can do the task" },
    { why: "the task names no skill", facts: { task_id: "fetch" }, reason: "the task names no skill" },
    { why: "the task names its agent", facts: { ...starting.facts, role: { capabilities: [], agent_id: "agent-one" } }, reason: "the task names its agent" },
  ])("changes nothing when $why", async ({ facts, reason }) => {
    expect((await world.call("auto-assign", { ...starting, facts }))?.output).toEqual({ done: false, reason });
  });
});

describe("search-cache", () => {
  const asking = (execution_id = EXECUTION, event_id = execution_id): Partial<HookEvent> => ({ type: "task.starting", event_id, execution_id, facts: { task_id: "fetch", input_hash: "abc" } });

  it("answers from what the first task that asked the same came to, while that is good", async () => {
    expect((await world.call("search-cache", asking(), ["ttl_seconds=60"]))?.output).toEqual({ hit: false });
    await world.putTask({ found: 1 });
    const from = { execution_id: EXECUTION, task_id: "fetch" };
    expect((await world.call("search-cache", asking("exec_second0000"), ["ttl_seconds=60"]))?.output).toEqual({ hit: true, from, patch: { skip: { output_of: from } } });
    world.time += 61_000;
    expect((await world.call("search-cache", asking("exec_third00000"), ["ttl_seconds=60"]))?.output).toEqual({ hit: false });
  });

  it("leaves the first to ask in its place while it is at work, and takes the place of one that failed", async () => {
    await world.call("search-cache", asking());
    await world.putTask(null, { state: "running" });
    await world.call("search-cache", asking("exec_second0000"));
    expect([...world.tables.rows.values()].find(({ sk }) => sk === "ASKED")).toMatchObject({ execution: EXECUTION });
    world.tables.rows.clear();
    await world.call("search-cache", asking());
    await world.putTask(null, { state: "failed" });
    await world.call("search-cache", asking("exec_second0000"));
    expect([...world.tables.rows.values()].find(({ sk }) => sk === "ASKED")).toMatchObject({ execution: "exec_second0000" });
  });

  it("has nothing to do without a task", async () => {
    expect((await world.call("search-cache", { facts: {} }))?.output).toMatchObject({ done: false });
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
    const run = await world.call("notify", {}, ["text={task_id} of {workflow_id} is {status}"]);
    expect(run?.output).toEqual({ channels: ["ops"] });
    const [order] = world.notices;
    expect(world.notices).toMatchObject([{ kind: "notice", channel: "chan_1", incident: run?.run_id }]);
    if (order === undefined) throw new Error("no order");
    const deps = { ...incidents.notify, control: world.control };
    for (const again of [order, order]) await deliverNotice(deps, again);
    expect(incidents.posted).toHaveLength(1);
    expect(JSON.parse(incidents.posted[0]?.body ?? "{}")).toMatchObject({ type: "hook.notice", data: { text: "fetch of report is success", channel: "ops" } });
  });

  it("is told to Slack as Slack takes it", async () => {
    const incidents = new IncidentWorld();
    incidents.secret = { url: "https://ops.test/T1/B1" };
    await saveChannel(world.control, "acme", channelLike({ type: "slack", url: undefined, secret_arn: "arn:aws:secretsmanager:eu-central-1:1:secret:a2a/channels/acme/chat-AbCdEf" }));
    await world.call("notify", {}, ["text={task_id} <done>"]);
    for (const order of world.notices) await deliverNotice({ ...incidents.notify, control: world.control }, order);
    expect(JSON.parse(incidents.posted[0]?.body ?? "{}")).toEqual({ text: "fetch &lt;done&gt;", blocks: [{ type: "section", text: { type: "mrkdwn", text: "*fetch &lt;done&gt;*" } }] });
  });

  it("waits for the end of a quiet time, and wakes somebody as gravely as the hook says", async () => {
    const incidents = new IncidentWorld();
    incidents.secret = { routing_key: "key" };
    const pager = { type: "pagerduty", url: "https://ops.test/v2", secret_arn: "arn:aws:secretsmanager:eu-central-1:1:secret:a2a/channels/acme/pager-AbCdEf" };
    await saveChannel(world.control, "acme", channelLike({ ...pager, quiet: { from: "09:00", to: "11:00", time_zone: "UTC" } }));
    const deps = { ...incidents.notify, control: world.control };
    await world.call("notify", {}, ["severity=high"]);
    for (const order of world.notices.splice(0)) await deliverNotice(deps, order);
    expect([incidents.posted, incidents.putOff.length]).toEqual([[], 1]);
    await world.call("notify", { event_id: "e2" }, ["severity=critical"]);
    for (const order of world.notices) await deliverNotice(deps, order);
    expect(JSON.parse(incidents.posted[0]?.body ?? "{}")).toMatchObject({ event_action: "trigger", payload: { severity: "critical", summary: expect.stringContaining("mine: task.completed") } });
  });

  it("tells the channel that is named, and says what happened where nobody says how", async () => {
    await saveChannel(world.control, "acme", channelLike({ groups: ["on_call"], incident_types: ["agent_failure"] }));
    for (const [index, channel] of ["ops", "chan_1", "on_call"].entries()) {
      expect((await world.call("notify", { event_id: `e${index}` }, [`channel=${channel}`]))?.output).toEqual({ channels: ["ops"] });
    }
    expect([...world.tables.rows.values()].find(({ said }) => said !== undefined)).toMatchObject({ said: "mine: task.completed report exec_0123456789 fetch success", severity: "medium" });
  });

  it.each([
    { args: ["channel=ops"], says: "no channel or group 'ops'" },
    { args: ["severity=low"], says: "severity 'low'; add one" },
  ])("fails when nobody would hear it: $args", async ({ args, says }) => {
    expect(await world.call("notify", {}, args)).toMatchObject({ status: "failed", error: { code: "NobodyToTell", message: expect.stringContaining(says) } });
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
    const run = await world.call("validate-command", before(input));
    expect(run?.status).toBe(status);
    if (says !== undefined) expect(run?.error?.message).toContain(says);
  });

  it("allows what the hook allows", async () => {
    expect(await world.call("validate-command", before({ run: "git status" }), ["field=run", "allow=ruff,black"])).toMatchObject({ status: "failed", error: { code: "CommandRefused" } });
  });

  it.each([
    { input: { files: ["a.py"] }, status: "completed" },
    { input: { files: ["../a.py"] }, status: "failed" },
    { input: "a.py", status: "failed" },
  ])("judges the files in $input", async ({ input, status }) => {
    expect((await world.call("check-files", before(input), ["extensions=py"]))?.status).toBe(status);
  });
});

describe("learn", () => {
  it("lets what an output says of its quality count for its agent, once", async () => {
    await world.putTask({ quality: 0.25 });
    await world.call("learn");
    await world.call("learn", { event_id: "fetch.3.settled", timestamp: AT, facts: { task_id: "fetch", agent_id: "agent-1", skill: "fetch-data" } });
    expect((await loadPosteriors(world.agents, "acme", ["agent-1"])).get("agent-1")).toMatchObject({ skills: { "fetch-data": { completed: 0.25, failed: 0.75 } } });
  });

  it.each([
    { why: "of another kind", output: { quality: "good" }, status: "failed" },
    { why: "that is no object", output: 7, status: "failed" },
  ])("fails for an output $why", async ({ output, status }) => {
    await world.putTask(output);
    expect((await world.call("learn"))?.status).toBe(status);
  });

  it("has nothing to do where no agent did a skill, or gave nothing", async () => {
    expect((await world.call("learn", { facts: { task_id: "fetch" } }))?.output).toMatchObject({ reason: "no agent did a skill" });
    expect((await world.call("learn", { event_id: "e2" }))?.output).toMatchObject({ reason: "the task gave nothing" });
  });
});

it("fails by name where a later version's function is gone", async () => {
  expect(await world.call("gone")).toMatchObject({ status: "failed", error: { code: "UnknownBuiltIn" } });
});
