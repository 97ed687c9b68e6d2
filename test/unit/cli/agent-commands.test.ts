import { afterAll, describe, expect, it } from "vitest";
import { agentLines, troubleLines } from "../../../infra/cli/view/agent-table.ts";
import { plain } from "../../../infra/cli/view/paint.ts";
import { openScreen } from "../../../infra/cli/view/screen.ts";
import { trialLines } from "../../../infra/cli/view/trial-lines.ts";
import type { TrialView } from "../../../shared/agents/views/trials.ts";
import type { AgentView } from "../../../shared/agents/views/agents.ts";
import { agentReply } from "../../fixtures/api/sample-replies.ts";
import { json, startFakeApi } from "./fake-api.ts";
import { openShell } from "./shell.ts";

const shell = openShell();
afterAll(() => shell[Symbol.dispose]());
const envOf = ({ connection }: { connection: { url: string; token: string } }) => ({
  A2A_URL: connection.url,
  A2A_TOKEN: connection.token,
});

const AT = "2026-11-21T10:00:00.000Z";
const NOW = Date.parse(AT);
const PROBE = { at: AT, has_succeeded: true, failures: 0 };
const HELD = { reason: "leaks", by: "ann", at: AT };
const lines = (...agents: AgentView[]) => agentLines(agents, { paint: plain, columns: 120, now: NOW });

describe("a2a agents summary", () => {
  const summary = {
    total_agents: 3,
    in_service: 1,
    quarantined: 1,
    by_status: { ACTIVE: 2, INACTIVE: 1 },
    average_health_score: 0.75,
    average_trust_score: null,
    unique_capabilities: 1,
    capabilities: [{ name: "write", agents: 3, in_service: 1 }],
  };

  it("shows the registry in numbers, in words and as JSON", async () => {
    await using api = await startFakeApi({ "GET /dev/api/v1/agents/summary": json(200, summary) });
    const { out } = await shell.run(["agents", "summary"], { env: envOf(api) });
    expect(out.trimEnd().split("\n")).toEqual([
      "3 agents (2 active, 1 inactive), 1 in service, 1 in quarantine",
      "health 0.75, trust - on average; 1 capabilities",
      "CAPABILITY  AGENTS  IN SERVICE",
      "write            3           1",
    ]);
    const asJson = await shell.run(["agents", "summary", "--json"], { env: envOf(api) });
    expect(JSON.parse(asJson.out)).toEqual(summary);
  });

  it("stands beside who-can, which gives JSON too", async () => {
    const answer = { available: [], reason: "no registered agent offers 'x'", agents: [], total: 0 };
    await using api = await startFakeApi({ "GET /dev/api/v1/agents/who-can": json(200, answer) });
    expect(JSON.parse((await shell.run(["agents", "who-can", "x", "--json"], { env: envOf(api) })).out)).toEqual(answer);
  });
});

describe("the table of agents", () => {
  it("shows status, health, trust, load, breaker and probe", () => {
    const open = { state: "open" as const, failures: 3, retry_at: "2026-11-21T10:00:12.000Z" };
    expect(
      lines(
        agentReply("agent-new"),
        agentReply("agent-busy", {
          status: "DEGRADED",
          health_score: 0.5,
          trust_score: 4.25,
          tasks_learned: 9,
          load: { queue_size: 7, reserved_slots: 3, max_concurrent_tasks: 10, utilization: 1 },
          circuit_breaker: open,
          probe: { ...PROBE, ok: true, latency_ms: 12.4 },
        }),
        agentReply("agent-held", { quarantine: HELD, probe: { ...PROBE, ok: false, reason: "no" } }),
      ),
    ).toEqual([
      "AGENT       STATUS      HEALTH  TRUST    LOAD   BREAKER    PROBE   CAPABILITIES",
      "agent-new   ACTIVE      1.00    2.5 new  0/10   closed     –       work",
      "agent-busy  DEGRADED    0.50    4.3      10/10  open 12 s  12 ms   work",
      "agent-held  QUARANTINE  1.00    2.5 new  0/10   closed     failed  work",
    ]);
  });

  it("says why agents are not in full service, without letting them move the cursor", () => {
    const trouble = [
      agentReply("agent-a", { quarantine: HELD }),
      agentReply("agent-b", { probe: { ...PROBE, ok: false, reason: "gone\u001b[2J" } }),
      agentReply("agent-c", { status_reason: "no heartbeat for 70 s" }),
      agentReply("agent-d"),
    ];
    expect(troubleLines(trouble, plain)).toEqual([
      "  agent-a: in quarantine: leaks",
      "  agent-b: gone[2J",
      "  agent-c: no heartbeat for 70 s",
    ]);
  });

  it("is drawn in place on a terminal, and only when it changed", () => {
    const written: string[] = [];
    const screen = openScreen({ isTTY: true, write: (text: string | Uint8Array) => written.push(String(text)) > 0 });
    screen.show(["a", "b"]);
    screen.show(["a", "b"]);
    screen.show(["c"]);
    expect(written).toHaveLength(2);
    expect(written[1]).toContain("\u001b[2A");
  });
});

describe("a2a agents, routes and registries", () => {
  it("lists agents of all pages", async () => {
    const pages = [{ agents: [agentReply("agent-a")], next_cursor: "n" }, { agents: [agentReply("agent-b")] }];
    let page = 0;
    await using api = await startFakeApi({
      "GET /dev/api/v1/agents": (...given) => json(200, pages[page++])(...given),
    });
    const { out, code } = await shell.run(["agents"], { env: envOf(api) });
    expect(code).toBe(0);
    expect(out).toContain("agent-a");
    expect(out).toContain("agent-b");
    expect(api.seen[1]?.line).toBe("GET /dev/api/v1/agents?cursor=n");
  });

  it.each([
    {
      args: ["agents", "quarantine", "agent-a", "--reason", "leaks"],
      path: "quarantine",
      said: "agent-a: in quarantine\n",
    },
    { args: ["agents", "release", "agent-a", "--reason", "leaks"], path: "release", said: "agent-a: released\n" },
    {
      args: ["agents", "close-breaker", "agent-a", "--reason", "leaks"],
      path: "circuit-breaker/reset",
      said: "agent-a: breaker closed\n",
    },
  ])("does as told: $path", async ({ args, path, said }) => {
    await using api = await startFakeApi({
      [`POST /dev/api/v1/agents/agent-a/${path}`]: json(200, agentReply("agent-a")),
    });
    expect(await shell.run(args, { env: envOf(api) })).toEqual({ code: 0, out: "", err: said });
    expect(JSON.parse(api.seen[0]?.body ?? "")).toEqual({ reason: "leaks" });
  });

  it("writes a routing rule and asks who would get a task", async () => {
    const rule = {
      name: "r",
      priority: 5,
      condition: "skill == 'x'",
      targets: ["agent-a", "agent-b"],
      strategy: "failover",
    };
    await using api = await startFakeApi({
      "PUT /dev/api/v1/routing/rules/r": json(200, { ...rule, updated_at: AT, updated_by: "ann" }),
      "POST /dev/api/v1/routing/decide": json(200, {
        agent_id: "agent-a",
        rule: "r",
        strategy: "failover",
        candidates: ["agent-a"],
        total_candidates: 1,
        not_free: [{ agent_id: "agent-b", reason: "its circuit breaker is open" }],
      }),
    });
    const put = ["routes", "put", "r", "--target", "agent-a", "agent-b", "--condition", rule.condition];
    const options = ["--strategy", "failover", "--priority", "5"];
    expect((await shell.run([...put, ...options], { env: envOf(api) })).err).toBe(
      "r: skill == 'x' → agent-a, agent-b (failover)\n",
    );
    const { name: _, ...body } = rule;
    expect(JSON.parse(api.seen[0]?.body ?? "")).toEqual(body);
    expect(await shell.run(["routes", "test", "--skill", "x", "--payload", '{"n":1}'], { env: envOf(api) })).toEqual({
      code: 0,
      out: "agent-a\n",
      err: "failover by rule 'r', of agent-a\nnot agent-b: its circuit breaker is open\n",
    });
  });

  it("says what a sync with an external registry came to", async () => {
    const sync = {
      at: AT,
      ok: true,
      listed: 2,
      registered: 1,
      unchanged: 0,
      removed: 0,
      skipped: [{ agent: "https://x.test", reason: "no card" }],
    };
    await using api = await startFakeApi({ "POST /dev/api/v1/registries/far/sync": json(200, sync) });
    expect((await shell.run(["registries", "sync", "far"], { env: envOf(api) })).err).toBe(
      "2 listed: 1 registered, 0 unchanged, 0 removed\nskipped https://x.test: no card\n",
    );
  });
});

describe("a trial of an agent", () => {
  const exchange = {
    at: AT,
    duration_ms: 12,
    request: { method: "POST", url: "https://one.test/", headers: { authorization: "[hidden]" }, body: '{"hello":1}' },
    reply: { status: 200, headers: { "content-type": "application/json" }, body: '{"a":\n"\u001b[2J"}' },
  };
  const trial: TrialView = {
    trial_id: "trial_1",
    agent_id: "agent-one",
    status: "completed",
    output: { n: 1 },
    agent_task_id: "t-1",
    started_at: AT,
    ended_at: "2026-11-21T10:00:02.000Z",
    exchanges: [exchange],
    exchanges_left_out: 3,
  };

  it("shows the answer, and what was sent and heard, without letting it move the cursor", () => {
    expect(trialLines(trial, plain)).toEqual([
      "completed after 2.0 s (task t-1)",
      "  {",
      '    "n": 1',
      "  }",
      "",
      `${AT}  POST https://one.test/  200  12 ms`,
      "> authorization: [hidden]",
      '> {"hello":1}',
      "< content-type: application/json",
      '< {"a":',
      '< "[2J"}',
      "3 exchanges between the first and the last ones are not kept",
    ]);
  });

  it("shows why there is no answer", () => {
    const { reply: _, ...lost } = exchange;
    const failed: TrialView = { ...trial, status: "failed", output: undefined, failure: { code: "NoAnswer", message: "lost" }, exchanges: [{ ...lost, failure: "lost" }], exchanges_left_out: 0 };
    expect(trialLines(failed, plain)).toEqual(expect.arrayContaining(["failed after 2.0 s (task t-1)", "  NoAnswer: lost", `${AT}  POST https://one.test/  lost  12 ms`]));
  });

  it("is waited for by the command", async () => {
    await using api = await startFakeApi({
      "POST /dev/api/v1/agents/agent-one/try": json(202, { ...trial, status: "running" }),
      "GET /dev/api/v1/agents/agent-one/trials/trial_1": json(200, trial),
    });
    const { code, out } = await shell.run(["agents", "try", "agent-one", "--text", "hi", "--data", '{"n":1}'], { env: envOf(api) });
    expect({ code, first: out.split("\n")[0] }).toEqual({ code: 0, first: "completed after 2.0 s (task t-1)" });
    expect(JSON.parse(api.seen[0]?.body ?? "")).toEqual({ text: "hi", data: { n: 1 } });
    expect(await shell.run(["agents", "try", "agent-one", "--data", "{"], { env: envOf(api) })).toMatchObject({ code: 1 });
  });

  it.each([
    { status: "failed" as const, says: "agent 'agent-one' failed" },
    { status: "timed_out" as const, says: "agent 'agent-one' did not answer in time" },
  ])("ends with 1 when it $status, so that scripts notice", async ({ status, says }) => {
    await using api = await startFakeApi({ "POST /dev/api/v1/agents/agent-one/try": json(202, { ...trial, status }) });
    const { code, err } = await shell.run(["agents", "try", "agent-one", "--text", "hi"], { env: envOf(api) });
    expect({ code, last: err.trim().split("\n").at(-1) }).toEqual({ code: 1, last: says });
  });
});
