import { describe, expect, it } from "vitest";
import { planPattern } from "../../../shared/patterns/planned-pattern.ts";
import { outputOf, play, prepared, type Question, rolesNamed, type Say } from "./play.ts";

const ROLES = rolesNamed("triage", "billing", "tech", "critic");
const handoff = (config: object = {}, critic: string[] = []) => prepared("handoff", { roles: ROLES, members: { holders: ["triage", "billing", "tech"], critic }, config });
const to = (hand_to: string | null, result: unknown = "done"): Say => ({ output: { result, summary: `${String(result)} in short`, hand_to, reason: "it is yours" } });

describe("handoff", () => {
  it("lets one hold the work after the other, with all that was done", () => {
    const game = play(handoff(), ({ role }) => to(role === "triage" ? "tech" : null, role));
    expect(game.asked.map(({ role }) => role)).toEqual(["triage", "tech"]);
    expect(game.asked[1]?.message).toMatchObject({ from: "triage", reason: "it is yours", done_so_far: [{ role: "triage", result: "triage" }], omitted: 0, may_hand_to: ["triage", "billing"] });
    expect(outputOf(game)).toMatchObject({ result: "tech", path: ["triage", "tech"], handoffs: 1, contributions: [{ role: "triage" }, { role: "tech" }] });
  });

  it("stops two that hand over to each other: that is its rule, and without it only fuel would", () => {
    const bounce = ({ role }: Question, n: number): Say => to(role === "triage" ? "billing" : "triage", n);
    const game = play(handoff(), bounce);
    expect(game.asked).toHaveLength(4);
    expect(outputOf(game)).toMatchObject({ result: 4, refused_handoffs: [{ from: "billing", to: "triage" }] });
    expect(play(handoff({ max_visits: 10, max_handoffs: 50 }), bounce, { fuel: 15 }).run.end?.bound).toBe("max_calls");
  });

  it("refuses and records a role that is not named, and goes by the graph of the author", () => {
    expect(outputOf(play(handoff(), () => to("stranger")))).toMatchObject({ refused_handoffs: [{ from: "triage", to: "stranger" }], handoffs: 0 });
    const graph = { start: "tech", to: { tech: ["billing"] } };
    const game = play(handoff(graph), ({ role }) => to(role === "tech" ? "billing" : "tech"));
    expect(game.asked.map(({ role, message }) => [role, message["may_hand_to"]])).toEqual([["tech", ["billing"]], ["billing", []]]);
  });

  it("gives the work back to who held it before when the gate fails, with the reason", () => {
    const scores = [1, 0.1, 1, 1];
    const game = play(handoff({}, ["critic"]), ({ role }, n) => (role === "critic" ? { output: { score: scores.shift() ?? 1, feedback: "no sources" } } : to(n === 1 ? "tech" : null, n)));
    expect(game.asked.map(({ role }) => role)).toEqual(["triage", "critic", "tech", "critic", "triage", "critic"]);
    expect(game.asked[4]?.message).toMatchObject({ from: "tech", reason: expect.stringContaining("no sources") });
    expect(outputOf(game)).toMatchObject({ result: 5, handoffs: 2, path: ["triage", "tech", "triage"] });
  });

  it("gives it back when a holder fails, and fails where nobody held it before", () => {
    const game = play(handoff(), ({ role }, n) => (role === "tech" ? { fails: "AgentFailed" } : to(n === 1 ? "tech" : null, n)));
    expect(outputOf(game)).toMatchObject({ result: 3, path: ["triage", "tech", "triage"] });
    expect(outputOf(play(handoff(), () => ({ fails: "AgentFailed" })))).toMatchObject({ do: "fail", code: "HandoffFailed" });
  });

  it("lets a result pass that nobody can judge", () => {
    expect(outputOf(play(handoff({}, ["critic"]), ({ role }) => (role === "critic" ? { fails: "AgentFailed" } : to(null))))).toMatchObject({ result: "done" });
  });

  it("reaches its bound in the worst case: every gate passed, every visit used", () => {
    const config = { max_handoffs: 5, max_visits: 2 };
    const round = ["billing", "tech", "triage", "billing", "tech", "triage"];
    const game = play(handoff(config, ["critic"]), ({ role }) => (role === "critic" ? { output: { score: 1 } } : to(round.shift() ?? null, round.length)), { fuel: 100 });
    expect(handoff(config, ["critic"]).callsBound).toBe(12);
    expect(game.asked).toHaveLength(12);
  });

  it("owes the last result when a bound ends it", () => {
    expect(outputOf(play(handoff(), ({ role }) => to(role === "triage" ? "tech" : "triage"), { fuel: 1 }))).toMatchObject({ result: "done", partial: true, bound: "max_calls" });
  });

  it("knows flaws that span fields by their place", () => {
    const { findings } = planPattern({ name: "handoff", members: { holders: ["triage", "tech"] }, config: { start: "billing", to: { triage: ["tech", "boss"] } } }, ROLES);
    expect(findings.map(({ path }) => path.join("."))).toEqual(["config.start", "config.to.triage.1"]);
    expect(findings[0]?.remedy).toContain("triage, tech");
  });
});
