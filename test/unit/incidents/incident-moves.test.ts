import { describe, expect, it } from "vitest";
import { IllegalMoveError } from "../../../shared/core/errors.ts";
import { IncidentStatus } from "../../../shared/incidents/incident.ts";
import { INCIDENT_EDGES, type IncidentEdge, NO_INCIDENT } from "../../../shared/incidents/incident-edges.ts";
import { type IncidentAct, moveIncident, possibleActs, quietMs } from "../../../shared/incidents/incident-moves.ts";
import type { IncidentResponse } from "../../../shared/incidents/response.ts";
import { incidentLike } from "../../fixtures/runtime/incident-kit.ts";

const STAMP = { at: "2026-11-21T10:05:00.000Z", by: "bob" };
const RESPONSE: IncidentResponse = { response_id: "r", response_type: "agent_quarantine", status: "completed", target: "agent-1", at: STAMP.at, by: "bob", plan: [] };

const ACTS: readonly IncidentAct[] = [
  { edge: "seen" },
  { edge: "noted", text: "a line" },
  { edge: "acknowledged" },
  { edge: "escalated", text: "slow", notify: ["on_call_engineer"] },
  { edge: "resolved", text: "restarted" },
  { edge: "reopened" },
  { edge: "response_began", response: RESPONSE, text: "" },
  { edge: "response_completed", response: RESPONSE, text: "" },
  { edge: "response_refused", response: RESPONSE, text: "" },
  { edge: "response_reverted", response: RESPONSE, text: "" },
];

describe("moves of an incident", () => {
  const cases = ACTS.flatMap((act) => IncidentStatus.options.map((status) => ({ act, edge: act.edge, status })));

  it.each(cases)("$edge from $status is as the table of edges says", ({ act, edge, status }) => {
    const { from, to, tells }: IncidentEdge = INCIDENT_EDGES[edge];
    const before = incidentLike({ status });
    if (!from.includes(status)) return expect(() => moveIncident(before, act, STAMP)).toThrow(IllegalMoveError);
    const { incident, entry, event } = moveIncident(before, act, STAMP);
    expect(incident).toMatchObject({ status: to === "same" ? status : to, revision: 2 });
    expect(entry).toMatchObject({ revision: 2, what: edge, by: "bob", status: incident.status });
    expect(event).toBe(tells[0]);
  });

  it("says what is possible where something is not", () => {
    expect(possibleActs({ status: "resolved" })).toEqual(["noted", "reopened", "response_completed", "response_reverted"]);
    expect(() => moveIncident(incidentLike({ status: "resolved" }), { edge: "acknowledged" }, STAMP)).toThrow("incident 'inc_1' is resolved: it cannot be acknowledged now");
    expect(Object.values<IncidentEdge>(INCIDENT_EDGES).filter(({ from }) => from.includes(NO_INCIDENT))).toHaveLength(1);
  });

  it("forgets who took it when it begins again, and that it had escalated", () => {
    const ended = incidentLike({ status: "resolved", acknowledged_by: "ann", resolved_at: STAMP.at, resolution: "x", escalation: { level: 2, at: STAMP.at } });
    const { incident } = moveIncident(ended, { edge: "reopened" }, STAMP);
    expect(incident).toMatchObject({ status: "open", occurrences: 2, escalation: { level: 0 }, reopened_at: [STAMP.at], flapping: false });
    expect([incident.acknowledged_by, incident.resolved_at, incident.resolution]).toEqual([undefined, undefined, undefined]);
  });

  it("flaps with its third return within an hour, says so once, and is quiet from then on", () => {
    let incident = incidentLike({ status: "resolved" });
    const quiet: boolean[] = [];
    const flaps: boolean[] = [];
    for (const minute of ["10", "20", "30", "40"]) {
      const move = moveIncident({ ...incident, status: "resolved" }, { edge: "reopened" }, { at: `2026-11-21T10:${minute}:00.000Z`, by: "detector" });
      ({ incident } = move);
      quiet.push(move.isQuiet);
      flaps.push(incident.flapping);
    }
    expect([flaps, quiet]).toEqual([[false, false, true, true], [false, false, false, true]]);
    const later = moveIncident({ ...incident, status: "resolved" }, { edge: "reopened" }, { at: "2026-11-21T14:00:00.000Z", by: "detector" });
    expect(later.incident).toMatchObject({ flapping: false, reopened_at: ["2026-11-21T14:00:00.000Z"] });
  });

  it.each([
    { returns: 0, seconds: 300 },
    { returns: 1, seconds: 600 },
    { returns: 2, seconds: 1200 },
    { returns: 3, seconds: 3600 },
    { returns: 9, seconds: 3600 },
  ])("after $returns returns it must be well for $seconds s", ({ returns, seconds }) => {
    const reopened_at = Array.from({ length: returns }, () => "2026-11-21T10:00:00.000Z");
    const now = Date.parse("2026-11-21T10:30:00.000Z");
    expect(quietMs({ reopened_at }, { holdsSeconds: 0, quietSeconds: 300, now })).toBe(seconds * 1000);
    expect(quietMs({ reopened_at: [] }, { holdsSeconds: 600, quietSeconds: 300, now })).toBe(1_200_000);
  });
});
