import { beforeEach, describe, expect, it } from "vitest";
import { loadAgent, saveAgent } from "../../../shared/agents/store/agent-store.ts";
import { revertResponse } from "../../../shared/incidents/control/respond.ts";
import { USUAL_ESCALATION } from "../../../shared/incidents/escalation.ts";
import { saveEscalation } from "../../../shared/incidents/store/channel-store.ts";
import { loadTimeline } from "../../../shared/incidents/store/incident-store.ts";
import { agentSigns, IncidentWorld } from "../../fixtures/runtime/incident-kit.ts";
import { agentOf } from "../../fixtures/runtime/memory-runtime.ts";

let world: IncidentWorld;

async function furnish(...agents: readonly string[]): Promise<void> {
  world = new IncidentWorld();
  for (const id of agents) await saveAgent(world.registry, { ...agentOf(id), tenant: "acme" });
  await saveEscalation(world.control, "acme", { ...USUAL_ESCALATION, auto_response_enabled: true });
}

beforeEach(() => furnish("a", "b", "c", "d", "e", "f", "g", "h"));

/** Agents most of whose attempts fail, as far as the registry lets them work. */
async function fail(...ids: readonly string[]): Promise<void> {
  world.agents = await Promise.all(
    ids.map(async (agentId) => {
      const { quarantine } = await loadAgent(world.registry, "acme", agentId);
      return agentSigns({ agentId, errorRate: 0.9, learntAt: world.time + 60_000, isQuarantined: quarantine !== undefined });
    }),
  );
}

const keeper = async (id: string) => (await loadAgent(world.registry, "acme", id)).quarantine?.by;
const incidentOf = async (subject: string) => [...(await world.incidents()), ...(await world.incidents("closed"))].find((each) => each.subject === subject);
const timeline = async (subject: string) => (await loadTimeline(world.control, "acme", (await incidentOf(subject))?.incident_id ?? "")).map(({ what, text }) => (what === "response_refused" ? `${what}: ${text ?? ""}` : what));

describe("what the detector does by itself", () => {
  it("quarantines an agent that fails, where the tenant lets it, once, and says so", async () => {
    await fail("a");
    expect(await world.pass()).toMatchObject({ opened: 1, responded: 1 });
    expect(await keeper("a")).toMatch(/^incident:inc_/);
    await world.passes(2);
    expect(await timeline("a")).toEqual(["opened", "response_began", "response_completed"]);
    await world.drain();
    expect(world.published.map(({ type }) => type)).toEqual(["incident.opened", "incident.response_completed"]);
  });

  it("does nothing where the tenant has not said so", async () => {
    await saveEscalation(world.control, "acme", USUAL_ESCALATION);
    await fail("a");
    expect(await world.pass()).toMatchObject({ opened: 1, responded: 0 });
    expect(await keeper("a")).toBeUndefined();
  });

  it("keeps to the guards, and puts on record once what kept it from acting", async () => {
    await furnish("a");
    await fail("a");
    await world.passes(3);
    expect(await keeper("a")).toBeUndefined();
    expect(await timeline("a")).toEqual(["opened", expect.stringMatching(/response_refused: agent_quarantine of a: no other agent in service can/)]);
    await world.drain();
    expect(world.published.map(({ type }) => type)).toEqual(["incident.opened", "incident.response_refused"]);
  });

  it("says so when the agent is gone by then", async () => {
    world.agents = [agentSigns({ agentId: "ghost", errorRate: 0.9, learntAt: world.time + 60_000 })];
    await world.pass();
    expect(await timeline("ghost")).toEqual(["opened", "response_refused: agent_quarantine of ghost: agent 'ghost' was not found"]);
  });

  it("acts three times within an hour at most", async () => {
    await furnish(...Array.from({ length: 20 }, (_, index) => `agent-${index}`));
    await fail("agent-0", "agent-1", "agent-2", "agent-3");
    await world.pass();
    const kept = await Promise.all(["agent-0", "agent-1", "agent-2", "agent-3"].map(keeper));
    expect(kept.filter((by) => by !== undefined)).toHaveLength(3);
    const refused = (await world.incidents()).filter(({ response_actions: actions }) => actions.some(({ status }) => status === "refused"));
    expect(refused).toHaveLength(1);
  });

  it("leaves an agent to people that it acted on minutes ago", async () => {
    await fail("a");
    await world.pass();
    const incident = await incidentOf("a");
    const place = { tenant: "acme", id: incident?.incident_id ?? "" };
    await revertResponse(world.detect, place, { responseId: incident?.response_actions[0]?.response_id ?? "", at: new Date(world.time).toISOString(), by: "ann" });
    await fail("a");
    await world.passes(3);
    expect([await keeper("a"), (await timeline("a")).slice(1)]).toEqual([undefined, ["response_began", "response_completed", "response_reverted"]]);
  });

  it("goes on where it died, whichever call that was, and acts once", async () => {
    await fail("a");
    const before = world.tables.calls.length;
    await world.pass();
    const calls = world.tables.calls.length - before;
    for (let fatal = 0; fatal < calls; fatal += 1) {
      await furnish("a", "b");
      await fail("a");
      let count = 0;
      world.tables.onSend = () => {
        if (count++ === fatal) throw new Error("the process died");
      };
      await world.pass();
      world.tables.onSend = () => {};
      await world.passes(2);
      expect(await keeper("a"), `call ${fatal}`).toMatch(/^incident:inc_/);
      expect(await timeline("a"), `call ${fatal}`).toEqual(["opened", "response_began", "response_completed"]);
    }
  });
});
