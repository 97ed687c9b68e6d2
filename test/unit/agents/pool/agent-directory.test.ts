import * as fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { deleteAgent, listAgents, moveAgent, newAgentEvent, saveAgent } from "../../../../shared/agents/store/agent-store.ts";
import { saveSigns } from "../../../../shared/agents/store/vital-store.ts";
import { type AgentDirectory, createAgentDirectory } from "../../../../shared/agents/pool/agent-directory.ts";
import { indexOf } from "../../../../shared/agents/pool/agent-search.ts";
import { agentOf, START, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { MemoryTables } from "../../../fixtures/runtime/memory-table.ts";

let tables: MemoryTables;
let now: number;
let directory: AgentDirectory;
const store = () => ({ db: tables.client, table: "agents" });
const idsOf = async (tenant = TENANT) => [...(await directory.of(tenant)).agents.keys()].sort();
const event = (type: "agent.deregistered") =>
  newAgentEvent(type, { id: `e${now}`, at: new Date(now).toISOString(), facts: { reason: "", deregistered_by: "" } });

beforeEach(() => {
  tables = new MemoryTables();
  now = START;
  directory = createAgentDirectory(store(), () => new Date(now));
});

describe("the directory of agents", () => {
  it("is at most five seconds old, and asks the table no more often", async () => {
    await saveAgent(store(), agentOf("agent-a"));
    expect(await idsOf()).toEqual(["agent-a"]);
    await saveAgent(store(), agentOf("agent-b"));
    const calls = tables.calls.length;
    now += 4999;
    expect(await idsOf()).toEqual(["agent-a"]);
    expect(tables.calls.length).toBe(calls);
    now += 1;
    expect(await idsOf()).toEqual(["agent-a", "agent-b"]);
  });

  it("is loaded once however many ask, and each of them waits for it", async () => {
    await saveAgent(store(), agentOf("agent-a"));
    const calls = tables.calls.length;
    const all = await Promise.all(Array.from({ length: 20 }, () => idsOf()));
    expect(all.every((ids) => ids.length === 1)).toBe(true);
    // Vital rows and descriptions.
    expect(tables.calls.length - calls).toBe(2);
  });

  it("shows a function its own writes at once, also while an older look is under way", async () => {
    const looking = idsOf();
    await saveAgent(store(), agentOf("agent-a"));
    directory.refreshSoon(TENANT);
    expect(await idsOf()).toEqual(["agent-a"]);
    await looking;
  });

  it("reads again only the descriptions that changed", async () => {
    for (const id of ["agent-a", "agent-b", "agent-c"]) await saveAgent(store(), agentOf(id));
    await idsOf();
    await saveAgent(store(), agentOf("agent-b", { tags: ["new"] }));
    await deleteAgent(store(), { tenant: TENANT, agentId: "agent-c" }, event("agent.deregistered"));
    now += 5000;
    const calls = tables.calls.length;
    expect(await idsOf()).toEqual(["agent-a", "agent-b"]);
    expect(tables.calls.slice(calls)).toEqual(["QueryCommand", "BatchGetCommand"]);
    expect((await directory.of(TENANT)).agents.get("agent-b")?.tags).toEqual(["new"]);
  });

  it("loads everything when the log does not reach back far enough", async () => {
    await idsOf();
    for (let index = 0; index < 300; index += 1) await saveAgent(store(), agentOf(`agent-${index}`));
    now += 5000;
    const calls = tables.calls.length;
    expect(await idsOf()).toHaveLength(300);
    expect(tables.calls.slice(calls)).toEqual(["QueryCommand", "QueryCommand"]);
  });

  it("shows no tenant another's agents", async () => {
    await saveAgent(store(), agentOf("agent-a"));
    await saveAgent(store(), agentOf("agent-b", { tenant: "other" }));
    expect([await idsOf(), await idsOf("other"), await idsOf("third")]).toEqual([["agent-a"], ["agent-b"], []]);
  });

  it("agrees with the table, and its index with it, after any operations", async () => {
    const id = fc.integer({ min: 0, max: 7 }).map((number) => `agent-${number}`);
    const operation = fc.oneof(
      fc.record({ kind: fc.constant("save" as const), id, tags: fc.subarray(["x", "y", "z"]) }),
      fc.record({ kind: fc.constant("delete" as const), id }),
      fc.record({ kind: fc.constant("beat" as const), id, queue: fc.integer({ min: 0, max: 9 }) }),
      fc.record({
        kind: fc.constant("move" as const),
        id,
        status: fc.constantFrom("DEGRADED" as const, "INACTIVE" as const),
      }),
      fc.record({ kind: fc.constant("look" as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 20, maxLength: 100 }), async (operations) => {
        tables = new MemoryTables();
        directory = createAgentDirectory(store(), () => new Date(now));
        for (const step of operations) {
          now += 1;
          const at = new Date(now).toISOString();
          const ref = { tenant: TENANT, agentId: step.kind === "look" ? "" : step.id };
          if (step.kind === "save") await saveAgent(store(), agentOf(step.id, { tags: step.tags }));
          else if (step.kind === "delete")
            await deleteAgent(store(), ref, event("agent.deregistered")).catch(() => undefined);
          else if (step.kind === "beat")
            await saveSigns(store(), TENANT, {
              kind: "B",
              signs: [{ agentId: step.id, sign: { at, metrics: { queue_size: step.queue } } }],
            });
          else if (step.kind === "move") {
            const facts = { previous_status: "ACTIVE" as const, new_status: step.status, reason: "", health_score: 0 };
            const moved = newAgentEvent("agent.status_changed", { id: at, at, facts });
            await moveAgent(store(), ref, {
              expected: { status: "ACTIVE" },
              set: { status: step.status },
              event: moved,
            });
          } else {
            now += 5000;
            indexOf(await directory.of(TENANT), now);
          }
        }
        now += 5000;
        const registry = await directory.of(TENANT);
        const stored = await listAgents(store(), TENANT);
        expect([...registry.agents.values()].sort((a, b) => (a.agent_id < b.agent_id ? -1 : 1))).toEqual(stored);
        const found = indexOf(registry, now).discover(
          { tags: ["x"], statuses: ["ACTIVE", "DEGRADED", "INACTIVE"], maxResults: 100 },
          now,
        );
        expect(found.agents.map(({ agentId }) => agentId).sort()).toEqual(
          stored.filter(({ tags }) => tags.includes("x")).map(({ agent_id }) => agent_id),
        );
      }),
      { numRuns: 30 },
    );
  });
});
