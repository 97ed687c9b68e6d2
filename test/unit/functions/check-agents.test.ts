import { beforeEach, describe, expect, it } from "vitest";
import { checkAgents, type CheckDeps } from "../../../functions/check-agents/check-agents.ts";
import type { SendOutcome } from "../../../shared/a2a/a2a-client.ts";
import { readAgentCard } from "../../../shared/a2a/agent-card.ts";
import { AgentRefusedError, AgentUnavailableError } from "../../../shared/a2a/errors.ts";
import { listAgentEvents } from "../../../shared/agents/store/agent-events-store.ts";
import { findAgent, loadAgent, noteTenant, saveAgent } from "../../../shared/agents/store/agent-store.ts";
import { loadProfile } from "../../../shared/agents/store/profile-store.ts";
import { saveSigns } from "../../../shared/agents/store/vital-store.ts";
import { createAgentDirectory } from "../../../shared/agents/pool/agent-directory.ts";
import type { Agent } from "../../../shared/agents/agent.ts";
import { agentOf, START, TENANT } from "../../fixtures/runtime/memory-runtime.ts";
import { MemoryTables } from "../../fixtures/runtime/memory-table.ts";

const CARD = {
  name: "agent-a",
  version: "1.0.0",
  supportedInterfaces: [{ url: "https://agent-a.test/", protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
  skills: [{ id: "work" }],
};

let tables: MemoryTables;
let now: number;
let card: object;
let extended: object | undefined;
let answer: () => Promise<"not-found">;
let send: () => Promise<SendOutcome>;
let called: string[];
let deps: CheckDeps;

beforeEach(() => {
  tables = new MemoryTables();
  now = START;
  card = CARD;
  extended = undefined;
  called = [];
  answer = () => Promise.resolve("not-found");
  send = () => Promise.resolve({ kind: "message", parts: [] });
  const agents = { db: tables.client, table: "agents" };
  const clock = () => new Date(now);
  deps = {
    agents,
    directory: createAgentDirectory(agents, clock),
    now: clock,
    newId: () => "1",
    endpoint: async ({ agent_id: agentId, endpoint: url }) => ({ agentId, url }),
    a2a: {
      trustedCard: () => Promise.reject(new Error("no registration here asks for a signature")),
      fetchAgentCard: async (url) => {
        called.push("card");
        const read = readAgentCard(card);
        if ("flaw" in read) throw new Error(read.flaw);
        return { url, card: read, raw: card, signature: "unsigned", maxAgeSeconds: 300 };
      },
      fetchExtendedCard: async () => {
        called.push("extended card");
        const read = readAgentCard(extended);
        return "flaw" in read ? undefined : { card: read, raw: extended };
      },
      callTarget: (url) => new URL(url),
      getTask: async (_, id) => {
        called.push(`task ${id}`);
        return answer();
      },
      sendTask: async (_, message) => {
        called.push(`message ${JSON.stringify(message.metadata)}`);
        return send();
      },
      cancelTask: async (_, id) => {
        called.push(`cancel ${id}`);
        return "not-found";
      },
    },
  };
});

async function given(more: Partial<Agent> = {}): Promise<void> {
  await saveAgent(deps.agents, agentOf("agent-a", more));
  await noteTenant(deps.agents, TENANT);
}
const agent = () => loadAgent(deps.agents, TENANT, "agent-a");
const beat = (at: number) =>
  saveSigns(deps.agents, TENANT, {
    kind: "B",
    signs: [{ agentId: "agent-a", sign: { at: new Date(at).toISOString() } }],
  });
async function sweep(afterSeconds = 60): Promise<void> {
  now += afterSeconds * 1000;
  const { failed } = await checkAgents(deps);
  expect(failed).toEqual([]);
}
const statuses = async () =>
  (await listAgentEvents(deps.agents, { tenant: TENANT, agentId: "agent-a" }, 100))
    .filter(({ type }) => type === "agent.status_changed")
    .map(({ facts }) => `${String(facts["previous_status"])} → ${String(facts["new_status"])}`)
    .reverse();

describe("a sweep over the agents", () => {
  it("asks for a task that cannot be, which takes the way that tasks take and has no effect", async () => {
    await given();
    await sweep();
    expect(called).toEqual(["card", "task probe-1"]);
    expect(await agent()).toMatchObject({ status: "ACTIVE", probe: { ok: true, failures: 0, has_succeeded: true } });
    await sweep();
    expect(called.slice(2)).toEqual(["task probe-1"]);
  });

  it("sends a message where that is declared to be harmless, and cancels what it may have started", async () => {
    await given({ probe_kind: "message", skills: [{ id: "ping", name: "Ping", description: "" }] });
    card = { ...CARD, skills: [{ id: "ping" }] };
    send = () =>
      Promise.resolve({
        kind: "task",
        push: false,
        snapshot: { taskId: "t1", state: "working", artifacts: [], messageIds: [] },
      });
    await sweep();
    expect(called.slice(1)).toEqual(['message {"probe":true,"skill":"ping"}', "cancel t1"]);
    expect((await agent()).probe?.ok).toBe(true);
  });

  it("does not believe a card whose agent fails on the first message", async () => {
    await given();
    answer = () => Promise.reject(new AgentRefusedError("agent-a", "HTTP 401", "unauthorised"));
    await sweep();
    expect(await agent()).toMatchObject({ status: "INACTIVE", probe: { ok: false, failures: 1 } });
    expect(await statuses()).toEqual(["ACTIVE → INACTIVE"]);
  });

  it.each(["-32001", "-32601", "-32602"])("takes the refusal %s for an answer", async (code) => {
    await given();
    answer = () => Promise.reject(new AgentRefusedError("agent-a", code, "no"));
    await sweep();
    expect((await agent()).probe?.ok).toBe(true);
  });

  it("degrades an agent that fails, gives it up after a day, and takes it back while there is time", async () => {
    await given();
    await sweep();
    answer = () => Promise.reject(new AgentUnavailableError("agent-a", "ECONNREFUSED"));
    await sweep();
    expect((await agent()).status).toBe("DEGRADED");
    await sweep();
    await sweep();
    expect(await agent()).toMatchObject({
      status: "INACTIVE",
      status_reason: expect.stringContaining("failed the last 3 probes"),
    });
    answer = () => Promise.resolve("not-found");
    await sweep();
    expect((await agent()).status).toBe("ACTIVE");
    answer = () => Promise.reject(new AgentUnavailableError("agent-a", "ECONNREFUSED"));
    await sweep();
    await sweep(86_400);
    expect(await agent()).toMatchObject({ status: "DECOMMISSIONED" });
    expect(await statuses()).toEqual([
      "ACTIVE → DEGRADED",
      "DEGRADED → INACTIVE",
      "INACTIVE → ACTIVE",
      "ACTIVE → DEGRADED",
      "DEGRADED → DECOMMISSIONED",
    ]);
  });

  it("decommissions an agent that sent heartbeats after 300 s of silence, although its probes answer", async () => {
    await given();
    await beat(now);
    await sweep(59);
    expect((await agent()).status).toBe("ACTIVE");
    await sweep(2);
    expect((await agent()).status).toBe("DEGRADED");
    await sweep(59);
    expect((await agent()).status).toBe("INACTIVE");
    await sweep(179);
    expect((await agent()).status).toBe("INACTIVE");
    await sweep(1);
    expect(await agent()).toMatchObject({
      status: "DECOMMISSIONED",
      status_reason: expect.stringContaining("no heartbeat for 300 s"),
    });
    called = [];
    await sweep();
    expect(called).toEqual([]);
    const row = tables.row("T#acme#A#agent-a", "AGENT");
    expect(row?.["expiresAt"]).toBe((START + 300_000) / 1000 + 86_400);
  });

  it("gives those who promised rarer heartbeats more time, and asks none of those who owe none", async () => {
    await given({ heartbeat_interval_seconds: 120 });
    await beat(now);
    await sweep(239);
    expect((await agent()).status).toBe("ACTIVE");
    await sweep(2);
    expect((await agent()).status).toBe("DEGRADED");
  });

  it("leaves an agent without heartbeats alone as long as it answers", async () => {
    await given();
    for (let minute = 0; minute < 30; minute += 1) await sweep();
    expect((await agent()).status).toBe("ACTIVE");
    expect(await statuses()).toEqual([]);
  });

  it("takes a changed card over and says what changed", async () => {
    await given({ declared: { capabilities: ["extra"] } });
    await sweep();
    card = { ...CARD, version: "2.0.0", skills: [{ id: "work" }, { id: "more" }] };
    await sweep(301);
    expect(await agent()).toMatchObject({ version: "2.0.0", capabilities: ["work", "more", "extra"] });
    const [event] = await listAgentEvents(deps.agents, { tenant: TENANT, agentId: "agent-a" }, 1);
    expect(event).toMatchObject({
      type: "agent.updated",
      facts: { updated_by: "its card", changed: expect.arrayContaining(["capabilities", "version"]) },
    });
  });

  it("keeps a quarantine, and the agent's health beside it", async () => {
    await given({ quarantine: { reason: "leaks", by: "ann", at: "2026-11-21T09:00:00.000Z" } });
    answer = () => Promise.reject(new AgentUnavailableError("agent-a", "ECONNREFUSED"));
    await sweep();
    expect(await agent()).toMatchObject({ status: "INACTIVE", quarantine: { reason: "leaks" } });
  });

  it("learns how much of the time an agent was up", async () => {
    await given();
    await sweep();
    answer = () => Promise.reject(new AgentUnavailableError("agent-a", "ECONNREFUSED"));
    for (let minute = 0; minute < 5; minute += 1) await sweep();
    const { profile } = await loadProfile(deps.agents, { tenant: TENANT, agentId: "agent-a" });
    const [span] = profile.spans;
    // 300 s up, then five minutes down.
    expect([span?.hours.upSeconds.reduce((a, b) => a + b), span?.hours.watchedSeconds.reduce((a, b) => a + b)]).toEqual(
      [300, 600],
    );
  });

  it("judges the others when one cannot be judged", async () => {
    await given();
    await saveAgent(deps.agents, agentOf("agent-b"));
    deps = {
      ...deps,
      endpoint: async ({ agent_id: agentId, endpoint: url }) => {
        if (agentId === "agent-a") throw new TypeError("a defect");
        return { agentId, url };
      },
    };
    now += 60_000;
    const { failed, probed } = await checkAgents(deps);
    expect(probed).toBe(2);
    expect(failed).toMatchObject([{ agent: { agentId: "agent-a" } }]);
    expect((await findAgent(deps.agents, TENANT, "agent-b"))?.probe?.ok).toBe(true);
  });
});

describe("an agent that shows more to those who have a credential", () => {
  const PUBLIC = { ...CARD, capabilities: { extendedAgentCard: true } };
  const arn = `arn:aws:secretsmanager:eu-central-1:1:secret:a2a/agents/${TENANT}/key`;
  const skillsOf = async () => (await agent()).capabilities;

  beforeEach(() => {
    card = PUBLIC;
    extended = { ...PUBLIC, skills: [{ id: "figures" }, { id: "words" }] };
  });

  it("can do what that card says, and what it says when it changes", async () => {
    await given({ credential_secret_arn: arn });
    await sweep();
    expect(await skillsOf()).toEqual(["figures", "words"]);
    extended = { ...PUBLIC, skills: [{ id: "words" }] };
    await sweep(600);
    expect(await skillsOf()).toEqual(["words"]);
  });

  it("can do what the public card says as long as it shows none, or none is asked for", async () => {
    extended = undefined;
    await given({ credential_secret_arn: arn });
    await sweep();
    expect(await skillsOf()).toEqual(["work"]);
    extended = { ...PUBLIC, skills: [{ id: "words" }] };
    card = CARD;
    called = [];
    await sweep(600);
    expect(called).not.toContain("extended card");
  });

  it("is not asked for it without a credential", async () => {
    await given();
    await sweep();
    expect(called).not.toContain("extended card");
    expect(await skillsOf()).toEqual(["work"]);
  });
});
