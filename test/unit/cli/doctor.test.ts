import { describe, expect, it } from "vitest";
import * as z from "zod";
import { agentReply } from "../../fixtures/api/sample-replies.ts";
import { type FakeApi, json, problem, startFakeApi } from "./fake-api.ts";
import { openShell } from "./shell.ts";

const ME = { tenant: "acme", subject: "ann", roles: ["operator"], permissions: ["*"], is_deployment_admin: false };
const WORKFLOWS = {
  running: 2,
  available: 8,
  waiting: 0,
  estimated_wait_time_minutes: null,
  max_concurrent_workflows: 10,
  max_concurrent_workflows_per_tenant: 10,
  max_queue_size: 100,
  queue_overflow_strategy: "reject_low_priority",
};
const capacity = (workflows: object) => ({
  agents: { registered: 1, active: 1 },
  concurrent_tasks: 10,
  executions: {},
  workflows: { ...WORKFLOWS, ...workflows },
});
const health =
  (aheadMs: number): Answers[string] =>
  (...given) =>
    json(200, { status: "healthy", timestamp: new Date(Date.now() + aheadMs).toISOString() })(...given);

type Answers = Parameters<typeof startFakeApi>[0];

async function deployment(more: Answers = {}): Promise<FakeApi> {
  const api: FakeApi = await startFakeApi({
    "GET /dev/health": health(0),
    "GET /dev/ready": json(200, { status: "ready" }),
    "GET /dev/api/v1/me": json(200, ME),
    // No operation of the API: the endpoint for agents answers it.
    "GET /dev/.well-known/agent-card.json": (response) =>
      void response.end(JSON.stringify({ supportedInterfaces: [{ url: `${api.connection.url}/a2a` }] })),
    "GET /dev/api/v1/agents": json(200, { agents: [agentReply("agent-a")] }),
    "GET /dev/api/v1/holds": json(200, { holds: [] }),
    "GET /dev/api/v1/capacity": json(200, capacity({})),
    "GET /dev/api/v1/inbox": json(200, { items: [] }),
    ...more,
  });
  return api;
}

const Finding = z.object({ what: z.string(), verdict: z.string(), says: z.string(), remedy: z.string().optional() });

/** What the doctor finds, by what it looked at. */
async function examined(api: FakeApi, token = "secret") {
  using shell = openShell();
  const env = { A2A_URL: api.connection.url, A2A_TOKEN: token };
  const { code, out } = await shell.run(["doctor", "--json"], { env });
  const findings = out
    .trim()
    .split("\n")
    .map((line) => Finding.parse(JSON.parse(line)));
  return { code, found: new Map(findings.map(({ what, ...finding }) => [what, finding])) };
}

describe("a2a doctor", () => {
  it("finds nothing wrong with a deployment that is well", async () => {
    await using api = await deployment();
    const { code, found } = await examined(api);
    expect(code).toBe(0);
    expect([...found].map(([what, { verdict }]) => `${what} ${verdict}`)).toEqual([
      "address fine",
      "stores fine",
      "token fine",
      "own agent card fine",
      "agents fine",
      "holds fine",
      "capacity fine",
      "inbox fine",
    ]);
    expect(found.get("token")?.says).toBe("ann of acme, operator");
    expect(found.get("capacity")?.says).toBe("2 executions under way, 0 wait, 8 more may start");
  });

  it.each([
    {
      what: "address",
      at: "GET /dev/health",
      answer: health(90_000),
      says: /its clock is (89|90|91) s ahead of this one's/,
    },
    { what: "agents", at: "GET /dev/api/v1/agents", answer: json(200, { agents: [] }), says: /^none is registered$/ },
    {
      what: "agents",
      at: "GET /dev/api/v1/agents",
      answer: json(200, {
        agents: [
          agentReply("a"),
          agentReply("b", { in_service: false }),
          agentReply("c", { circuit_breaker: { state: "open", failures: 5 } }),
        ],
      }),
      says: /^2 of 3 get no tasks: b, c$/,
    },
    {
      what: "holds",
      at: "GET /dev/api/v1/holds",
      answer: json(200, {
        holds: [{ scope: "workflow", workflow_id: "pay", held_by: "bob", held_since: "2026-11-21T10:00:00.000Z" }],
      }),
      says: /^pay is held by bob$/,
    },
    {
      what: "capacity",
      at: "GET /dev/api/v1/capacity",
      answer: json(200, capacity({ available: 0, waiting: 3 })),
      says: /3 wait, 0 more may start/,
    },
    {
      what: "own agent card",
      at: "GET /dev/.well-known/agent-card.json",
      answer: ((response) =>
        void response.end('{"supportedInterfaces":[{"url":"https://other.example/a2a"}]}')) satisfies Answers[string],
      says: /^it names https:\/\/other.example\/a2a$/,
    },
  ])(
    "tells of $what what the operator should know, with a remedy, and calls nothing broken",
    async ({ what, at, answer, says }) => {
      await using api = await deployment({ [at]: answer });
      const { code, found } = await examined(api);
      expect(found.get(what)).toEqual({
        verdict: "look",
        says: expect.stringMatching(says),
        remedy: expect.any(String),
      });
      expect([code, [...found.values()].filter(({ verdict }) => verdict === "look").length]).toEqual([0, 1]);
    },
  );

  it("tells of a token that ends within the hour", async () => {
    await using api = await deployment();
    const claims = { exp: Math.floor(Date.now() / 1000) + 600 };
    const { found } = await examined(api, `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.x`);
    expect(found.get("token")).toMatchObject({ verdict: "look", remedy: expect.stringContaining("a2a login") });
  });

  it("goes on behind what is broken, and ends with 1", async () => {
    await using api = await deployment({
      "GET /dev/ready": problem(503, { title: "not ready", detail: "a table is not active yet" }),
      "GET /dev/api/v1/inbox": problem(403, { title: "forbidden", detail: "needs a permission" }),
    });
    const { code, found } = await examined(api);
    expect(code).toBe(1);
    expect(found.get("stores")).toMatchObject({
      verdict: "broken",
      says: "a table is not active yet (503)",
      remedy: expect.any(String),
    });
    expect(found.get("inbox")).toEqual({ verdict: "unseen", says: "the token's roles do not show it" });
    expect(found.get("agents")?.verdict).toBe("fine");
  });

  it("looks at nothing more of what cannot be reached, and says who named the address", async () => {
    using shell = openShell();
    const { code, out, err } = await shell.run(["--url", "http://127.0.0.1:9/dev", "--token", "t", "doctor"]);
    expect(code).toBe(1);
    expect(out).toMatch(/^✗ address {9}http:\/\/127.0.0.1:9\/dev: no connection.*\n {18}start the orchestrator/);
    expect(out.trim().split("\n")).toHaveLength(2);
    expect(err).toBe("http://127.0.0.1:9/dev, by options and environment\na2a: 1 of these is broken\n");
  });
});
