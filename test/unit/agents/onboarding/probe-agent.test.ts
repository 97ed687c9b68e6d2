import { describe, expect, it } from "vitest";
import { createA2aClient, type SendOutcome, type SendTask } from "../../../../shared/a2a/a2a-client.ts";
import { AgentRefusedError } from "../../../../shared/a2a/errors.ts";
import type { TaskSnapshot } from "../../../../shared/a2a/task-snapshot.ts";
import type { Agent } from "../../../../shared/agents/agent.ts";
import { probeAgent, type ProbeDeps } from "../../../../shared/agents/onboarding/probe-agent.ts";
import { agentOf, START } from "../../../fixtures/runtime/memory-runtime.ts";
import { MemoryTables } from "../../../fixtures/runtime/memory-table.ts";

const NOW = new Date(START).toISOString();
/** Its card was looked at a moment ago. */
const checked = (more: Partial<Agent> = {}): Agent => agentOf("agent-a", { probe: { at: NOW, ok: true, failures: 0, has_succeeded: true, card_checked_at: NOW }, ...more });
const task = (state: TaskSnapshot["state"]): SendOutcome => ({ kind: "task", push: false, snapshot: { taskId: "t", state, artifacts: [], messageIds: [] } });

/** What a probe finds of an agent that answers so, what was sent to it, and which of its tasks were called off. */
async function probed(agent: Agent, answer: { send?: SendOutcome; get?: "not-found" | Error }) {
  const sent: SendTask[] = [];
  const cancelled: string[] = [];
  const deps: ProbeDeps = {
    agents: { db: new MemoryTables().client, table: "agents" },
    now: () => new Date(START),
    newId: () => "1",
    endpoint: async ({ agent_id: agentId }) => ({ agentId, url: `https://${agentId}.test` }),
    a2a: {
      ...createA2aClient({}),
      fetchAgentCard: () => Promise.reject(new Error("the card was looked at a moment ago")),
      sendTask: async (_, message) => (sent.push(message), answer.send ?? task("completed")),
      getTask: async () => {
        if (answer.get instanceof Error) throw answer.get;
        return answer.get ?? "not-found";
      },
      cancelTask: async (_, id) => (cancelled.push(id), { taskId: id, state: "canceled", artifacts: [], messageIds: [] }),
    },
  };
  const { probe } = await probeAgent(deps, agent);
  return { probe, sent, cancelled };
}

describe("a probe by a question", () => {
  it.each(["InvalidResult", "-32001", "-32004", "-32600", "-32601", "-32602", "-32603"])("takes refusal %s for a sign of life", async (code) => {
    const { probe, sent } = await probed(checked(), { get: new AgentRefusedError("agent-a", code, "no") });
    expect(probe).toMatchObject({ ok: true, has_succeeded: true, failures: 0, card_checked_at: NOW });
    expect(sent).toEqual([]);
  });

  it("takes another refusal for a failure, and counts on from when it began", async () => {
    const since = "2026-11-21T09:00:00.000Z";
    const failing = checked({ probe: { at: since, ok: false, failures: 2, has_succeeded: true, failing_since: since, card_checked_at: NOW } });
    const { probe } = await probed(failing, { get: new AgentRefusedError("agent-a", "HTTP 401", "who are you") });
    expect(probe).toMatchObject({ ok: false, failures: 3, failing_since: since, has_succeeded: true, card_checked_at: NOW, reason: expect.stringContaining("HTTP 401") });
  });

  it("does not hide our own defects", async () => {
    await expect(probed(checked(), { get: new TypeError("ours") })).rejects.toThrow("ours");
  });
});

describe("a probe by a message", () => {
  const messaged = (more: Partial<Agent> = {}) => checked({ probe_kind: "message", ...more });

  it("asks for the skill that exists for it, where there is one", async () => {
    const skill = { id: "Ping", name: "Ping", description: "" };
    const [named, bare] = [await probed(messaged({ skills: [skill] }), {}), await probed(messaged(), {})];
    expect(named.sent).toMatchObject([{ messageId: "probe-1", metadata: { probe: true, skill: "Ping" }, parts: [{ kind: "data", data: { probe: true, skill: "Ping" } }] }]);
    expect(bare.sent[0]?.metadata).toEqual({ probe: true });
    expect(bare.sent[0]?.parts).toEqual([{ kind: "data", data: { probe: true } }]);
  });

  it.each([
    { what: "a message", send: { kind: "message", parts: [] } as const, ok: true, off: [] },
    { what: "a task that is done", send: task("completed"), ok: true, off: [] },
    { what: "a task that was called off", send: task("canceled"), ok: true, off: [] },
    { what: "a task that goes on", send: task("working"), ok: true, off: ["t"] },
    { what: "a question", send: task("input_required"), ok: true, off: ["t"] },
    { what: "a task that failed", send: task("failed"), ok: false, off: [] },
    { what: "a task that it rejects", send: task("rejected"), ok: false, off: [] },
    { what: "a refusal", send: { kind: "refused", code: "HTTP 500", message: "no", retryable: true } as const, ok: false, off: [] },
    { what: "nothing", send: { kind: "in-doubt", reason: "silence" } as const, ok: false, off: [] },
  ])("is answered by $what: $ok, and nothing of it goes on", async ({ send, ok, off }) => {
    const { probe, cancelled } = await probed(messaged(), { send });
    expect(probe.ok).toBe(ok);
    expect(cancelled).toEqual(off);
  });
});
