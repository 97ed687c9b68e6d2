import { describe, expect, it } from "vitest";
import { nextEscalation, parseCondition, parseDuration, USUAL_ESCALATION } from "../../../shared/incidents/escalation.ts";
import { incidentLike } from "../../fixtures/runtime/incident-kit.ts";

describe("conditions of escalation rules", () => {
  const incident = { severity: "high" as const, context: { sla_violation_count: 6 } };

  it.each([
    ["severity >= critical", false],
    ["severity >= high", true],
    ["severity == high", true],
    ["severity < critical", true],
    ["severity <= medium", false],
    ["severity > high", false],
    ["sla_violation_count > 5", true],
    ["severity >= high and sla_violation_count > 6", false],
    ["  severity >= high  and  sla_violation_count >= 6 ", true],
  ])("%s is %s", (text, holds) => {
    expect(parseCondition(text)?.(incident)).toBe(holds);
  });

  it("counts none where nothing was counted", () => {
    expect(parseCondition("sla_violation_count > 0")?.({ severity: "low", context: undefined })).toBe(false);
    expect(parseCondition("sla_violation_count > 0")?.({ severity: "low", context: { sla_violation_count: "many" } })).toBe(false);
  });

  it.each(["", "severity", "severity >= huge", "severity => high", "process.exit()", "sla_violation_count > five", "severity >= high or severity == low", "severity >= high and"])("refuses %j", (text) => {
    expect(parseCondition(text)).toBeUndefined();
  });

  it.each([["5m", 300], ["90s", 90], ["2h", 7200], ["5", undefined], ["m", undefined], ["-5m", undefined], ["5d", undefined]])("reads %j as %s s", (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });
});

describe("the next escalation", () => {
  const critical = incidentLike({ severity: "critical", context: { sla_violation_count: 9 } });
  const began = Date.parse(critical.created_at);

  it("goes by the soonest rule first, each once", () => {
    expect(nextEscalation(critical, USUAL_ESCALATION)).toMatchObject({ dueAt: began + 300_000, rule: { notify: ["on_call_engineer"] } });
    expect(nextEscalation({ ...critical, escalation: { level: 1 } }, USUAL_ESCALATION)).toMatchObject({ dueAt: began + 900_000, rule: { notify: ["operations_manager"] } });
    expect(nextEscalation({ ...critical, escalation: { level: 2 } }, USUAL_ESCALATION)).toBeUndefined();
  });

  it("counts from the last time it began, and stops when somebody takes it", () => {
    const back = { ...critical, reopened_at: ["2026-11-21T11:00:00.000Z"] };
    expect(nextEscalation(back, USUAL_ESCALATION)?.dueAt).toBe(Date.parse("2026-11-21T11:05:00.000Z"));
    expect(nextEscalation({ ...critical, status: "acknowledged" }, USUAL_ESCALATION)).toBeUndefined();
    expect(nextEscalation(incidentLike({ severity: "low" }), USUAL_ESCALATION)).toBeUndefined();
  });
});
