import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gatherAnswers, type GatherPolicy, type Heard } from "../../../../shared/execution/scatter/gather.ts";

const AGENTS = ["a", "b", "c"];
const policy = (more: Partial<GatherPolicy> = {}): GatherPolicy => ({ agents: AGENTS, aggregation: { kind: "all" }, minResponses: 1, ...more });

/** `a=1@5` is agent a's answer 1 at time 5, `b!@7` its failure. */
function heard(...words: readonly string[]): Heard {
  const parts = words.map((word) => /^(\w+)(?:=(\w+)|!)@(\d+)$/.exec(word) ?? []);
  const answers = parts.filter(([, , output]) => output !== undefined).map(([, agent = "", output, at]) => ({ agent, output, at: Number(at) }));
  const failures = parts.filter(([, , output]) => output === undefined).map(([, agent = "", , at]) => ({ agent, code: "Timeout", at: Number(at) }));
  return { answers, failures };
}

describe("gatherAnswers", () => {
  it.each([
    { what: "waits for everybody", words: ["a=1@1", "b=2@2"], of: {}, state: "waiting" },
    { what: "is ready when everybody has answered", words: ["a=1@1", "b=2@2", "c=3@3"], of: {}, state: "ready" },
    { what: "is ready when the rest has failed", words: ["a=1@1", "b!@2", "c!@3"], of: {}, state: "ready" },
    { what: "is ready with the first answer when that is all it wants", words: ["b=2@2"], of: { aggregation: { kind: "first" } }, state: "ready" },
    { what: "wants the minimum before it takes the first", words: ["b=2@2"], of: { aggregation: { kind: "first" }, minResponses: 2 }, state: "waiting" },
    { what: "is ready when the vote is decided", words: ["a=1@1", "b=1@2"], of: { aggregation: { kind: "majority_vote" } }, state: "ready" },
    { what: "waits while the vote can still turn", words: ["a=1@1"], of: { aggregation: { kind: "majority_vote" } }, state: "waiting" },
    { what: "waits while the vote can still tie", words: ["a=1@1", "b=1@2", "d=2@3"], of: { aggregation: { kind: "majority_vote" }, agents: ["a", "b", "c", "d"] }, state: "waiting" },
    { what: "waits for a majority of all asked when it wants one", words: ["a=1@1", "b=1@2"], of: { aggregation: { kind: "majority_vote", quorum: "majority" }, agents: ["a", "b", "c", "d", "e"] }, state: "waiting" },
    { what: "waits when the last vote could still make a majority", words: ["a=x@1", "b=x@2", "c=x@3", "d=y@4", "e=z@5", "f=w@6"], of: { aggregation: { kind: "majority_vote", quorum: "majority" }, agents: ["a", "b", "c", "d", "e", "f", "g"] }, state: "waiting" },
    { what: "waits when half of the votes are in, which is no majority yet", words: ["a=x@1", "b=x@2", "c=x@3", "d=x@4", "e=y@5", "f=z@6", "g=w@7"], of: { aggregation: { kind: "majority_vote", quorum: "majority" }, agents: ["a", "b", "c", "d", "e", "f", "g", "h"] }, state: "waiting" },
    { what: "is ready when the last vote cannot change the most frequent answer", words: ["a=x@1", "b=x@2", "c=x@3", "d=y@4", "e=z@5", "f=w@6"], of: { aggregation: { kind: "majority_vote" }, agents: ["a", "b", "c", "d", "e", "f", "g"] }, state: "ready" },
    { what: "fails when too few are left", words: ["a=1@1", "b!@2", "c!@3"], of: { minResponses: 2 }, state: "failed" },
    { what: "fails as soon as too few are left", words: ["b!@2", "c!@3"], of: { minResponses: 2 }, state: "failed" },
    { what: "fails with the first failure when told so", words: ["a=1@1", "b!@2"], of: { onFailure: "fail" }, state: "failed" },
    { what: "waits for everybody when a failure would end it", words: ["a=1@1"], of: { aggregation: { kind: "first" }, onFailure: "fail" }, state: "waiting" },
    { what: "takes what it has at the deadline", words: ["a=1@1"], of: { deadlineAt: 90 }, state: "ready" },
    { what: "waits until the deadline", words: ["a=1@1"], of: { deadlineAt: 101 }, state: "waiting" },
    { what: "fails at the deadline with too few", words: ["a=1@1"], of: { deadlineAt: 90, minResponses: 2 }, state: "failed" },
    { what: "fails at the deadline with nothing", words: [], of: { deadlineAt: 90 }, state: "failed" },
  ] satisfies readonly { what: string; words: string[]; of: Partial<GatherPolicy>; state: string }[])("$what", ({ words, of, state }) => {
    expect(gatherAnswers(heard(...words), policy(of), 100).state).toBe(state);
  });

  it("records late answers without counting them", () => {
    expect(gatherAnswers(heard("a=1@50", "b=2@91", "c!@95"), policy({ deadlineAt: 90 }), 100)).toEqual({
      state: "ready",
      result: { ok: true, output: ["1"], conflicts: [] },
      counted: ["a"],
      late: ["b"],
      absent: ["b", "c"],
    });
  });

  it("counts an agent's first word only", () => {
    expect(gatherAnswers(heard("a=late@9", "a=first@1", "a!@5", "b!@2", "b=x@3", "c=3@4"), policy(), 100)).toMatchObject({ result: { output: ["first", "3"] }, absent: ["b"] });
  });

  it("ignores agents that were not asked", () => {
    expect(gatherAnswers(heard("stranger=1@1"), policy(), 100)).toEqual({ state: "waiting", missing: AGENTS });
  });

  it("treats an answer that nests too deep as a failure", () => {
    const output: unknown = JSON.parse("[".repeat(65) + "]".repeat(65));
    expect(gatherAnswers({ answers: [{ agent: "a", output, at: 1 }], failures: [] }, policy({ agents: ["a"] }), 100)).toMatchObject({ state: "failed", code: "TooFewResponses" });
  });

  it("passes on why answers cannot be aggregated", () => {
    expect(gatherAnswers(heard("a=x@1", "b=y@2", "c=z@3"), policy({ aggregation: { kind: "average" } }), 100)).toMatchObject({ state: "failed", code: "NotAveragable" });
  });

  const words = fc.array(fc.record({ agent: fc.constantFrom(...AGENTS), output: fc.constantFrom("x", "y"), at: fc.nat(120), isFailure: fc.boolean() }), { maxLength: 6 });
  const kinds = fc.constantFrom({ kind: "first" as const }, { kind: "all" as const }, { kind: "majority_vote" as const }, { kind: "majority_vote" as const, quorum: "majority" as const });
  const split = (drawn: readonly { agent: string; output: string; at: number; isFailure: boolean }[]): Heard => ({
    answers: drawn.filter(({ isFailure }) => !isFailure),
    failures: drawn.filter(({ isFailure }) => isFailure).map(({ agent, at }) => ({ agent, at, code: "Timeout" })),
  });

  it("does not take back a result when more is heard later", () => {
    fc.assert(
      fc.property(words, words, kinds, fc.constantFrom(undefined, 60), fc.integer({ min: 1, max: 3 }), (early, more, aggregation, deadlineAt, minResponses) => {
        const of = policy({ aggregation, deadlineAt, minResponses });
        const first = gatherAnswers(split(early), of, 120);
        if (first.state !== "ready" || aggregation.kind === "all") return;
        const later = gatherAnswers(split([...early, ...more.map((word) => ({ ...word, at: word.at + 121 }))]), of, 300);
        expect(later.state === "ready" ? later.result.output : later).toEqual(first.result.output);
      }),
      { numRuns: 500 },
    );
  });

  it("never waits once everybody is heard or the deadline has passed", () => {
    fc.assert(
      fc.property(words, kinds, fc.integer({ min: 1, max: 3 }), (drawn, aggregation, minResponses) => {
        const everybody = AGENTS.every((agent) => drawn.some((word) => word.agent === agent));
        if (everybody) expect(gatherAnswers(split(drawn), policy({ aggregation, minResponses }), 120).state).not.toBe("waiting");
        expect(gatherAnswers(split(drawn), policy({ aggregation, minResponses, deadlineAt: 60 }), 60).state).not.toBe("waiting");
      }),
    );
  });
});
