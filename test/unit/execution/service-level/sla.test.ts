import { describe, expect, it } from "vitest";
import { newsOf, type SlaFacts, type SlaTask, successRate, tallyOf, violationsOf } from "../../../../shared/execution/service-level/sla.ts";

const T = Date.parse("2026-11-21T10:00:00.000Z");
const at = (minutes: number): string => new Date(T + minutes * 60_000).toISOString();
const planned = ["a", "b", "c", "d"].map((id) => ({ id }));
const record = (task: string, state: SlaTask["state"], more: Partial<SlaTask> = {}): SlaTask => ({ task, state, ...more });
const facts = (more: Omit<Partial<SlaFacts>, "terms"> & { terms?: Partial<SlaFacts["terms"]> } = {}): SlaFacts => ({
  status: "running",
  at: T + 10 * 60_000,
  planned,
  records: [],
  ...more,
  terms: { submittedAt: at(0), ...more.terms },
});

describe("a deadline", () => {
  it.each([
    { what: "before it", minutes: 30, status: "running" as const, reasons: [] },
    { what: "after it, by an execution under way", minutes: 31, status: "running" as const, reasons: ["it has been under way for 31.0 min, 30.0 min are allowed; slowest tasks: b (29.0 min), a (2.0 min)"] },
    { what: "after it, by one that is over", minutes: 31, status: "completed" as const, reasons: ["it took 31.0 min, 30.0 min are allowed; slowest tasks: b (29.0 min), a (2.0 min)"] },
    { what: "after it, by one that somebody cancelled", minutes: 31, status: "cancelled" as const, reasons: [] },
  ])("is judged $what", ({ minutes, status, reasons }) => {
    const records = [record("a", "completed", { dispatchedAt: at(0), settledAt: at(2) }), record("b", "running", { dispatchedAt: at(2) }), record("c", "queued")];
    expect(violationsOf(facts({ terms: { maxDurationMinutes: 30 }, at: T + minutes * 60_000, status, records })).map(({ reason }) => reason)).toEqual(reasons);
  });
});

describe("a success rate", () => {
  const judged = (records: readonly SlaTask[], status: SlaFacts["status"] = "running") =>
    violationsOf(facts({ terms: { successRateThreshold: 0.75 }, status, records })).map(({ reason }) => reason);

  it("can still be met while what is open may make up for what failed", () => {
    expect(judged([record("a", "failed")])).toEqual([]);
  });

  it("is missed as soon as it cannot be met any more", () => {
    expect(judged([record("a", "failed"), record("b", "failed")])).toEqual(["50 % of the tasks can succeed at best, 75 % are required; 2 of 4 failed: a, b"]);
  });

  it("is missed by an execution that failed early: what never ran makes up for nothing", () => {
    expect(judged([record("a", "completed"), record("b", "failed")], "failed")).toEqual(["50 % of the tasks succeeded, 75 % are required; 1 of 2 failed: b"]);
  });

  it("leaves out what was skipped", () => {
    expect(judged([record("a", "completed"), record("b", "skipped"), record("c", "skipped"), record("d", "completed")], "completed")).toEqual([]);
    expect(judged([record("a", "failed"), record("b", "skipped"), record("c", "completed"), record("d", "completed")], "completed")).toEqual([
      "66.7 % of the tasks succeeded, 75 % are required; 1 of 3 failed: a",
    ]);
  });

  it("counts the elements of a list, not the list, and waits until all of them are known", () => {
    const list = [{ id: "each", forEach: {} }];
    const items = { count: 4, list: { json: "[]" } };
    const records = [record("each", "running", { items }), record("each[0]", "failed"), record("each[1]", "failed")];
    expect(violationsOf(facts({ planned: list, terms: { successRateThreshold: 0.75 }, records }))).toEqual([]);
    const all = [...records, record("each[2]", "running"), record("each[3]", "completed")];
    expect(violationsOf(facts({ planned: list, terms: { successRateThreshold: 0.75 }, records: all }))).toMatchObject([{ kind: "success_rate" }]);
    expect(successRate(tallyOf(list, all))).toBeCloseTo(1 / 3, 9);
  });

  it("is unknown before anything ended", () => {
    expect(successRate(tallyOf(planned, [record("a", "running")]))).toBeUndefined();
  });
});

describe("news", () => {
  const late = { kind: "deadline" as const, reason: "late" };
  const low = { kind: "success_rate" as const, reason: "low" };

  it("tells of each kind of violation once", () => {
    const first = newsOf(undefined, { violations: [late], probability: undefined, at: at(1) });
    expect(first?.violations).toEqual([late]);
    expect(newsOf(first?.record, { violations: [{ ...late, reason: "later still" }], probability: undefined, at: at(2) })).toBeUndefined();
    expect(newsOf(first?.record, { violations: [late, low], probability: undefined, at: at(3) })).toMatchObject({
      violations: [low],
      record: { violations: [{ ...late, at: at(1) }, { ...low, at: at(3) }] },
    });
  });

  it("tells of a risk when it comes and when it has clearly gone", () => {
    const chances = [0.9, 0.49, 0.2, 0.55, 0.59, 0.61, 0.55, 0.49];
    let standing: Parameters<typeof newsOf>[0];
    const told = chances.map((probability) => {
      const news = newsOf(standing, { violations: [], probability, at: at(0) });
      standing = news?.record ?? standing;
      return news?.isRiskNew === true ? news.record.isAtRisk : undefined;
    });
    expect(told).toEqual([undefined, true, undefined, undefined, undefined, false, undefined, true]);
  });

  it("speaks of no risk any more once it is too late", () => {
    expect(newsOf(undefined, { violations: [late], probability: 0, at: at(1) })).toMatchObject({ isRiskNew: false });
  });
});
