import { describe, expect, it } from "vitest";
import { createA2aClient } from "../../../../shared/a2a/a2a-client.ts";
import { type AgentCard, readAgentCard } from "../../../../shared/a2a/agent-card.ts";
import { AgentRefusedError, AgentUnavailableError } from "../../../../shared/a2a/errors.ts";
import { registerAgent } from "../../../../shared/agents/onboarding/register-agent.ts";
import { AgentRegistration } from "../../../../shared/agents/agent-registration.ts";
import { MemoryTables } from "../../../fixtures/runtime/memory-table.ts";
import { START, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";

const at = (url: string, protocolBinding = "JSONRPC") => ({ url, protocolBinding, protocolVersion: "1.0" });

/** Registers an agent whose card, served at `https://cards.test/`, offers these interfaces. */
async function register(interfaces: readonly object[], call: () => Promise<"not-found"> = async () => "not-found") {
  const knocks: string[] = [];
  const client = createA2aClient();
  const deps = {
    agents: { db: new MemoryTables().client, table: "agents" },
    now: () => new Date(START),
    a2a: {
      trustedCard: () => Promise.reject(new Error("no registration here asks for a signature")),
      fetchAgentCard: async (url: string) => {
        const raw = { name: "peer", supportedInterfaces: interfaces, skills: [{ id: "work" }] };
        const card = readAgentCard(raw);
        if ("flaw" in card) throw new Error(card.flaw);
        return { url, card, raw, signature: "unsigned" as const, maxAgeSeconds: 300 };
      },
      callTarget: (url: string, card: AgentCard) => client.callTarget(url, card),
      getTask: async ({ agentId }: { agentId: string }) => {
        knocks.push(agentId);
        return call();
      },
    },
  };
  const registration = AgentRegistration.parse({ endpoint: "https://cards.test/" });
  const registered = registerAgent(deps, { tenant: TENANT, by: "ann" }, registration);
  return { registered, knocks };
}

describe("registering an agent that nobody could call", () => {
  it.each<[what: string, interfaces: readonly object[], says: RegExp]>([
    ["it speaks gRPC alone", [at("https://cards.test/", "GRPC")], /body\.endpoint.*GRPC 1\.0.*gRPC needs connections of HTTP\/2/],
    ["its card names where it listens", [at("http://0.0.0.0:9999/")], /where a server listens, not where it can be reached/],
    ["its card names a private address", [at("https://10.0.0.7/")], /the address is not public/],
  ])("is refused with the reason: %s", async (_, interfaces, says) => {
    const { registered } = await register(interfaces);
    await expect(registered).rejects.toThrow(says);
  });

  it("is refused when its card leads to a host that is not there", async () => {
    const { registered, knocks } = await register([at("https://elsewhere.test/rpc")], () =>
      Promise.reject(new AgentUnavailableError("https://elsewhere.test/rpc", "ENOTFOUND")),
    );
    await expect(registered).rejects.toThrow(/https:\/\/elsewhere\.test\/rpc is unavailable: ENOTFOUND/);
    expect(knocks).toEqual(["https://elsewhere.test/rpc"]);
  });

  it("is not refused for wanting a credential: that shows that somebody is there", async () => {
    const { registered } = await register([at("https://elsewhere.test/rpc")], () => Promise.reject(new AgentRefusedError("a", "Unauthorized", "HTTP 401")));
    expect((await registered).isNew).toBe(true);
  });

  it("is not knocked at where its card was served", async () => {
    const { registered, knocks } = await register([at("https://cards.test/rpc", "HTTP+JSON")]);
    expect((await registered).agent.agent_id).toBe("agent-peer");
    expect(knocks).toEqual([]);
  });
});
