import { beforeEach, describe, expect, it } from "vitest";
import { loadBreaker } from "../../../../shared/agents/store/breaker-store.ts";
import { loadAgent } from "../../../../shared/agents/store/agent-store.ts";
import { MemoryApi } from "../../../fixtures/runtime/memory-api.ts";
import { TENANT } from "../../../fixtures/runtime/memory-runtime.ts";

let api: MemoryApi;
let incident: string;

beforeEach(async () => {
  api = new MemoryApi();
  for (const id of ["agent-a", "agent-b", "agent-c"]) await api.register(id);
  incident = await report({ agent_id: "agent-a" });
});

async function report(context: object): Promise<string> {
  const body = { incident_type: "agent_failure", severity: "high", description: "it fails", context };
  return String((await api.call("POST", "/api/v1/incidents", { body })).json["incident_id"]);
}

const respond = (body: object, id = incident, roles = "admin") => api.call("POST", `/api/v1/incidents/${id}/response`, { body, roles });
const revert = (response: unknown, id = incident) => api.call("POST", `/api/v1/incidents/${id}/response/${String(response)}/revert`, { body: {} });
const keeper = async (agent = "agent-a") => (await loadAgent(api.deps.agents, TENANT, agent)).quarantine?.by;
const breaker = async () => (await loadBreaker(api.deps.agents, { tenant: TENANT, agentId: "agent-a" })).state.state;
const timeline = async () => {
  const { json } = await api.call("GET", `/api/v1/incidents/${incident}`);
  return (Array.isArray(json["timeline"]) ? json["timeline"] : []).map(({ what }) => what);
};

describe("responses to incidents", () => {
  it("says what it would change, and changes nothing", async () => {
    const { statusCode, json } = await respond({ response_type: "agent_quarantine", dry_run: true });
    expect([statusCode, json]).toMatchObject([
      200,
      {
        status: "planned",
        target: "agent-a",
        plan: [{ action: "quarantine", target: "agent-a", before: "not in quarantine", after: "in quarantine" }],
        guards: [{ guard: "not_the_last", passed: true }, { guard: "few_quarantined", passed: true }],
      },
    ]);
    expect([await keeper(), await timeline()]).toEqual([undefined, ["opened"]]);
  });

  it("quarantines an agent once, on record with who and what was before, and undoes it", async () => {
    const { json } = await respond({ response_type: "agent_quarantine" });
    const again = await respond({ response_type: "agent_quarantine" });
    expect(again.json["response_id"]).toBe(json["response_id"]);
    expect([json["status"], await keeper()]).toEqual(["completed", `incident:${incident}`]);
    const shown = await api.call("GET", `/api/v1/incidents/${incident}`);
    expect(shown.json["response_actions"]).toMatchObject([{ response_type: "agent_quarantine", status: "completed", by: "ann", target: "agent-a" }]);
    expect((await revert(json["response_id"])).json).toMatchObject({ status: "reverted" });
    expect((await revert(json["response_id"])).json).toMatchObject({ status: "reverted" });
    expect(await keeper()).toBeUndefined();
    expect(await timeline()).toEqual(["opened", "response_began", "response_completed", "response_reverted"]);
    const third = await respond({ response_type: "agent_quarantine" });
    expect(third.json["response_id"]).not.toBe(json["response_id"]);
  });

  it("leaves an agent where somebody else keeps it", async () => {
    await api.call("POST", "/api/v1/agents/agent-a/quarantine", { body: { reason: "mine" } });
    const { json } = await respond({ response_type: "agent_quarantine" });
    expect(json).toMatchObject({ status: "completed", plan: [{ before: "in quarantine by ann" }] });
    await revert(json["response_id"]);
    expect(await keeper()).toBe("ann");
  });

  it("opens a breaker, and lets probes through when it is undone", async () => {
    const { json } = await respond({ response_type: "circuit_breaker" });
    expect([json["plan"], await breaker()]).toMatchObject([[{ action: "open_breaker", before: "closed", after: "open" }], "open"]);
    await revert(json["response_id"]);
    expect(await breaker()).toBe("half_open");
    await api.call("POST", "/api/v1/agents/agent-a/circuit-breaker/reset", { body: { reason: "well" } });
    const again = await respond({ response_type: "circuit_breaker" });
    await api.call("POST", "/api/v1/agents/agent-a/circuit-breaker/reset", { body: { reason: "well" } });
    await revert(again.json["response_id"]);
    expect(await breaker()).toBe("closed");
  });

  it("takes no work from the last that can do it, nor from many at once, unless it is forced to", async () => {
    await respond({ response_type: "agent_quarantine" });
    const second = await report({ agent_id: "agent-b" });
    const refused = await respond({ response_type: "agent_quarantine" }, second);
    expect([refused.statusCode, refused.json["detail"]]).toEqual([409, expect.stringContaining("in quarantine would be 2 of 3 that can")]);
    await respond({ response_type: "agent_quarantine", parameters: { force: true } }, second);
    expect(await keeper("agent-b")).toBe(`incident:${second}`);
    const third = await report({});
    const last = await respond({ response_type: "circuit_breaker", parameters: { agent_id: "agent-c" } }, third);
    expect([last.statusCode, last.json["detail"]]).toEqual([409, expect.stringContaining("no other agent in service can")]);
  });

  it.each([
    { what: "scaling", body: { response_type: "auto_scale" }, status: 400 },
    { what: "rerouting", body: { response_type: "workflow_reroute" }, status: 400 },
    { what: "no agent at all", body: { response_type: "agent_quarantine" }, status: 400, context: {} },
    { what: "an agent that is not there", body: { response_type: "agent_quarantine", parameters: { agent_id: "agent-x" } }, status: 404 },
    { what: "what nobody knows", body: { response_type: "pray" }, status: 400 },
  ])("refuses $what", async ({ body, status, context }) => {
    const id = context === undefined ? incident : await report(context);
    expect((await respond(body, id)).statusCode).toBe(status);
  });

  it("does nothing about what is over, and knows no response of another incident", async () => {
    await api.call("POST", `/api/v1/incidents/${incident}/resolve`, { body: { resolution: "over" } });
    expect((await respond({ response_type: "agent_quarantine" })).statusCode).toBe(409);
    expect((await revert("resp_none")).statusCode).toBe(404);
  });

  it("asks whoever responds for leave to touch agents", async () => {
    expect((await respond({ response_type: "agent_quarantine" }, incident, "operator")).statusCode).toBe(200);
    expect((await respond({ response_type: "agent_quarantine" }, incident, "workflow_designer")).statusCode).toBe(403);
  });

  it("finishes what was cut off, whichever call it died at, and does it once", async () => {
    const before = api.runtime.tables.calls.length;
    await respond({ response_type: "agent_quarantine" });
    const calls = api.runtime.tables.calls.length - before;
    for (let fatal = 0; fatal < calls; fatal += 1) {
      api = new MemoryApi();
      for (const id of ["agent-a", "agent-b"]) await api.register(id);
      incident = await report({ agent_id: "agent-a" });
      let count = 0;
      api.runtime.tables.onSend = () => {
        if (count++ === fatal) throw new Error("the process died");
      };
      await respond({ response_type: "agent_quarantine" });
      api.runtime.tables.onSend = () => {};
      expect((await respond({ response_type: "agent_quarantine" })).json, `call ${fatal}`).toMatchObject({ status: "completed" });
      expect(await timeline(), `call ${fatal}`).toEqual(["opened", "response_began", "response_completed"]);
      const events = [...api.runtime.tables.rows.values()].filter(({ type }) => type === "agent.quarantined");
      expect(events, `call ${fatal}`).toHaveLength(1);
    }
  });
});
