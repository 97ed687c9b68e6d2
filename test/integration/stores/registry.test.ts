import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AgentStore, deleteAgent, findAgent, listAgents, saveAgent, saveHeartbeat } from "../../../shared/aws/agent-store.ts";
import { type DefinitionStore, listDefinitions, listVersions, loadDefinition, saveDefinition } from "../../../shared/aws/definition-store.ts";
import { describeDefinition } from "../../../shared/domain/stored-definition.ts";
import { openTestDynamo, type TestDynamo } from "../../fixtures/runtime/dynamo-tables.ts";
import { agentOf, planOf, task } from "../../fixtures/runtime/memory-runtime.ts";

let dynamo: TestDynamo;
let definitions: DefinitionStore;
let agents: AgentStore;
const plan = planOf([task("a")]);
const AT = "2026-11-21T10:00:00.000Z";

beforeAll(async () => {
  dynamo = await openTestDynamo();
  definitions = { db: dynamo.db, table: "control" };
  agents = { db: dynamo.db, table: "agents" };
});
afterAll(() => dynamo.stop());

describe("definitions", () => {
  const stored = (more: object = {}) => ({
    ...describeDefinition(plan, { tenant: "acme", machineArn: "arn:m:1", createdAt: AT, createdBy: "ann" }),
    ...more,
  });

  it("keep a version as it was first deployed", async () => {
    expect(await saveDefinition(definitions, stored())).toBe("saved");
    expect(await saveDefinition(definitions, stored())).toBe("saved");
    expect(await saveDefinition(definitions, stored({ plan: "f".repeat(64) }))).toBe("exists");
    expect((await loadDefinition(definitions, { tenant: "acme", name: "drawn", version: "1.0" })).plan).toBe(plan.planHash);
  });

  it("give the newest version when none is named, and list each workflow once", async () => {
    await saveDefinition(definitions, stored({ version: "2.0", plan: "e".repeat(64) }));
    expect((await loadDefinition(definitions, { tenant: "acme", name: "drawn" })).version).toBe("2.0");
    expect((await listDefinitions(definitions, "acme", { limit: 10 })).rows.map(({ version }) => version)).toEqual(["2.0"]);
    expect((await listVersions(definitions, { tenant: "acme", name: "drawn" })).map(({ version }) => version)).toEqual(["1.0", "2.0"]);
    await expect(loadDefinition(definitions, { tenant: "other", name: "drawn" })).rejects.toMatchObject({ name: "NotFound" });
  });
});

describe("agents", () => {
  it("come back to life with a heartbeat, unless they were taken out", async () => {
    await saveAgent(agents, agentOf("agent-a", { status: "INACTIVE" }));
    await saveHeartbeat(agents, { tenant: "acme", agentId: "agent-a" }, { at: AT, metrics: { cpu_usage: 0.5 } });
    expect(await findAgent(agents, "acme", "agent-a")).toMatchObject({ status: "ACTIVE", metrics: { cpu_usage: 0.5 } });
    await saveAgent(agents, agentOf("agent-b", { status: "DECOMMISSIONED" }));
    await expect(saveHeartbeat(agents, { tenant: "acme", agentId: "agent-b" }, { at: AT, metrics: undefined })).rejects.toMatchObject({ name: "NotFound" });
    await expect(saveHeartbeat(agents, { tenant: "other", agentId: "agent-a" }, { at: AT, metrics: undefined })).rejects.toMatchObject({ name: "NotFound" });
    expect((await listAgents(agents, "acme")).map(({ agent_id: id }) => id)).toEqual(["agent-a", "agent-b"]);
    expect(await listAgents(agents, "other")).toEqual([]);
    await deleteAgent(agents, "acme", "agent-b");
    await expect(deleteAgent(agents, "acme", "agent-b")).rejects.toMatchObject({ name: "NotFound" });
  });
});
