import { beforeEach, describe, expect, it } from "vitest";
import { detectIncidents } from "../../../functions/detect-incidents/detect-incidents.ts";
import { actOnIncident, reportIncident } from "../../../shared/incidents/control/incident-control.ts";
import { saveEscalation } from "../../../shared/incidents/store/channel-store.ts";
import { loadTimeline } from "../../../shared/incidents/store/incident-store.ts";
import { agentSigns, bodyLike, IncidentWorld, lostAgent } from "../../fixtures/runtime/incident-kit.ts";

let world: IncidentWorld;
beforeEach(() => {
  world = new IncidentWorld();
});

const timeline = async (id: string): Promise<string[]> => (await loadTimeline(world.control, "acme", id)).map(({ what }) => what);
const person = (edge: "acknowledged" | "resolved", id: string) =>
  actOnIncident(world.detect, { tenant: "acme", id }, { act: { edge, text: "by hand" }, at: new Date(world.time).toISOString(), by: "ann" });

async function opened(): Promise<string> {
  const [incident] = await world.incidents();
  if (incident === undefined) throw new Error("no incident is open");
  return incident.incident_id;
}

describe("detectIncidents", () => {
  it("opens an incident of what a rule finds, once however often it looks", async () => {
    world.agents = [lostAgent({ onlyOneFor: ["sum"] })];
    expect(await world.pass()).toMatchObject({ opened: 1, failed: [] });
    await world.passes(3);
    expect(await world.incidents()).toMatchObject([
      {
        rule: "agent_lost",
        subject: "agent-1",
        severity: "high",
        incident_type: "agent_failure",
        affected_components: ["agent_pool", "agent-1"],
        detection_source: "detector",
        occurrences: 1,
        context: { rule: "agent_lost", agent_id: "agent-1" },
        runbook: { meaning: expect.stringContaining("does not answer") },
      },
    ]);
    expect(await timeline(await opened())).toEqual(["opened"]);
  });

  it("acts once where two look side by side", async () => {
    world.agents = [lostAgent()];
    const both = await Promise.all([world.pass(), detectIncidents(world.detect)]);
    expect(both.reduce((sum, done) => sum + done.opened, 0)).toBe(1);
    expect(await world.incidents()).toHaveLength(1);
  });

  it("writes nothing of a tenant that is well", async () => {
    await world.passes(3);
    world.agents = [lostAgent()];
    await world.pass();
    world.agents = [];
    await world.passes(8);
    const { length } = world.tables.changes;
    await world.passes(3);
    expect(world.tables.changes).toHaveLength(length);
    expect(await world.incidents("closed")).toHaveLength(1);
  });

  it("resolves what was well for five minutes, and not before", async () => {
    world.agents = [lostAgent()];
    await world.pass();
    world.agents = [agentSigns()];
    await world.passes(5);
    expect(await world.incidents()).toHaveLength(1);
    expect(await world.pass()).toMatchObject({ resolved: 1 });
    expect(await world.incidents("closed")).toMatchObject([{ status: "resolved", resolved_by: "detector" }]);
  });

  it("resolves what a rule found that a later release has not", async () => {
    await reportIncident(world.detect, { tenant: "acme", at: new Date(world.time).toISOString(), by: "detector", newId: "inc_old", fingerprint: "f", rule: "gone", subject: "", body: bodyLike() });
    await world.passes(6);
    expect(await world.incidents("closed")).toMatchObject([{ incident_id: "inc_old" }]);
  });

  it("opens the same incident again for the same trouble within half an hour, and another later", async () => {
    world.agents = [lostAgent()];
    await world.pass();
    const first = await opened();
    world.agents = [];
    await world.passes(6);
    world.agents = [lostAgent()];
    await world.pass();
    expect([await opened(), await timeline(first)]).toEqual([first, ["opened", "resolved", "reopened"]]);
    world.agents = [];
    await world.passes(12);
    expect(await world.incidents()).toEqual([]);
    world.time += 31 * 60_000;
    world.agents = [lostAgent()];
    await world.pass();
    expect(await opened()).not.toBe(first);
  });

  it("leaves an incident that a person resolved resolved for five minutes", async () => {
    world.agents = [lostAgent()];
    await world.pass();
    const id = await opened();
    await person("resolved", id);
    await world.passes(4);
    expect(await world.incidents()).toEqual([]);
    await world.passes(2);
    expect(await opened()).toBe(id);
  });

  it("opens the worst first, and no more at a time than people can take in", async () => {
    world.agents = Array.from({ length: 30 }, (_, index) => lostAgent({ agentId: `a${index}`, origin: `https://h${index}.test`, onlyOneFor: index >= 25 ? ["x"] : [] }));
    expect(await world.pass()).toMatchObject({ opened: 20 });
    expect((await world.incidents()).filter(({ severity }) => severity === "high")).toHaveLength(5);
    expect(await world.pass()).toMatchObject({ opened: 10 });
  });

  it("looks at the deployment's queues as the owner's only", async () => {
    world.tenants = ["acme", "other"];
    world.system = { work: [], dead: [{ name: "watch-dead", waiting: 3 }] };
    await world.pass();
    expect(await world.incidents()).toMatchObject([{ rule: "watch-dead" }]);
    expect(await world.incidents("open", "other")).toEqual([]);
  });

  it("goes on with other tenants where one cannot be looked at", async () => {
    const { signs } = world.detect;
    const deps = { ...world.detect, tenants: async () => ["bad", "acme"], signs: async (tenant: string, known: { waiting: number; now: number }) => {
      if (tenant === "bad") throw new Error("no table");
      return signs(tenant, known);
    } };
    world.agents = [lostAgent()];
    expect(await detectIncidents(deps)).toMatchObject({ opened: 1, failed: [{ tenant: "bad" }] });
  });

  it("escalates what nobody takes, each rule once, and stops when somebody does", async () => {
    await saveEscalation(world.control, "acme", {
      rules: [
        { condition: "severity >= high", escalate_after: "5m", notify: ["on_call_engineer"] },
        { condition: "severity >= high", escalate_after: "15m", notify: ["operations_manager"] },
      ],
      auto_response_enabled: false,
    });
    world.agents = [lostAgent({ onlyOneFor: ["sum"] })];
    await world.passes(5);
    expect(await timeline(await opened())).toEqual(["opened"]);
    await world.passes(2);
    expect(await world.incidents()).toMatchObject([{ escalation: { level: 1, notify: ["on_call_engineer"] } }]);
    await person("acknowledged", await opened());
    await world.passes(20);
    expect(await timeline(await opened())).toEqual(["opened", "escalated", "acknowledged"]);
  });

  it("escalates incidents of people as well, by the rules of the specification unless there are others", async () => {
    const report = { tenant: "acme", at: new Date(world.time).toISOString(), by: "ann", newId: "inc_x", body: bodyLike({ severity: "critical" }) };
    await reportIncident(world.detect, report);
    await world.passes(6);
    expect(await world.incidents()).toMatchObject([{ escalation: { level: 1, notify: ["on_call_engineer"] } }]);
  });

  it("has a move told again whose teller died", async () => {
    world.agents = [lostAgent()];
    await world.pass();
    world.queue.splice(0);
    await world.passes(2);
    expect(world.queue).toMatchObject([{ kind: "tell", revision: 1 }]);
    await world.drain();
    await world.passes(2);
    expect(world.queue).toEqual([]);
  });

  it("goes on where a pass died, whichever call it died at, and nothing happens twice", async () => {
    const calls = await countCalls();
    expect(calls).toBeGreaterThan(4);
    for (let fatal = 0; fatal < calls; fatal += 1) {
      world = new IncidentWorld();
      world.agents = [lostAgent()];
      let count = 0;
      world.tables.onSend = () => {
        if (count++ === fatal) throw new Error("the process died");
      };
      await world.pass();
      world.tables.onSend = () => {};
      await world.passes(3);
      await world.drain();
      expect(await world.incidents(), `call ${fatal}`).toHaveLength(1);
      expect(world.published.map(({ type }) => type), `call ${fatal}`).toEqual(["incident.opened"]);
    }
  });

  async function countCalls(): Promise<number> {
    const other = new IncidentWorld();
    other.agents = [lostAgent()];
    await other.pass();
    return other.tables.calls.length;
  }
});
