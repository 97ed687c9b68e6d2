import { describe, expect, it } from "vitest";
import { outputOf, play, prepared, type Question, rolesNamed, type Say } from "./play.ts";

const ROLES = rolesNamed("a", "b", "c");
const net = (config: object = {}) => prepared("contract_net", { roles: ROLES, members: { bidders: ["a", "b", "c"] }, config });
const OFFERS: Readonly<Record<string, object>> = { a: { price: 10, seconds: 5 }, b: { price: 4, seconds: 60 }, c: { price: 4, seconds: 50 } };
const bidding = (offers: Readonly<Record<string, object>> = OFFERS, work: (question: Question) => Say = ({ role }) => ({ output: `done by ${role}` })) => (question: Question): Say =>
  question.kind === "accept_proposal" ? work(question) : { output: offers[question.role], agent: `agent-${question.role}` };

describe("contract_net", () => {
  it("awards the best bid by weight, to the agent that made it", () => {
    const game = play(net({ weights: { price: 1, time: 0.1 } }), bidding());
    expect(game.asked.map(({ kind, role }) => `${kind} ${role}`)).toEqual(["call_for_proposals a", "call_for_proposals b", "call_for_proposals c", "accept_proposal c"]);
    expect(game.asked[3]).toMatchObject({ agent: "agent-c", message: { your_bid: { price: 4, seconds: 50 } } });
    expect(outputOf(game)).toMatchObject({ result: "done by c", contractor: { agent: "agent-c" }, round: 1, awards: 1 });
    expect(outputOf(play(net({ weights: { price: 0, time: 1 } }), bidding()))).toMatchObject({ result: "done by a" });
  });

  it("goes to the next bid when the winner fails: without that rule the work would be lost", () => {
    const game = play(net(), bidding(OFFERS, ({ role }) => (role === "b" ? { output: "by the second" } : { fails: "AgentFailed" })));
    expect(outputOf(game)).toMatchObject({ result: "by the second" });
    expect(outputOf(play(net({ rounds: 1 }), bidding(OFFERS, () => ({ fails: "AgentFailed" }))))).toMatchObject({ do: "fail", code: "NoContractor" });
  });

  it("takes refusal, failure and silence for no bid, and closes the bids when their time is over", () => {
    const game = play(net(), (question) => (question.kind === "call_for_proposals" && question.role === "a" ? { fails: "TaskTimedOut" } : bidding({ ...OFFERS, b: { refuse: true, price: 1 } })(question)));
    expect(outputOf(game)).toMatchObject({ result: "done by c" });
    const late = play(net(), bidding(), { pick: (open) => open - 1 });
    expect(late.steps.map(({ event }) => event)).toEqual(["started", "timer", "timer"]);
    expect(late.effects.filter((effect) => effect.do === "cancel")).toHaveLength(6);
    expect(outputOf(late)).toMatchObject({ do: "fail", code: "NoContractor" });
  });

  it("announces again below its least number of bids", () => {
    const game = play(net({ min_bids: 3 }), (question) => (question.role === "a" && question.round === 1 ? { output: { refuse: true } } : bidding()(question)));
    expect(outputOf(game)).toMatchObject({ round: 2 });
  });

  it("reaches its bound when every winner of every round fails", () => {
    expect(net().callsBound).toBe(14);
    const game = play(net(), bidding(OFFERS, () => ({ fails: "AgentFailed" })), { fuel: 100 });
    expect(game.asked.length + game.effects.filter((effect) => effect.do === "wait").length).toBe(14);
  });
});
