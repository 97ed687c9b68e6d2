import * as z from "zod";
import { definePattern, type Ask, type PatternAction, type PatternEvent, type Setup } from "../pattern.ts";
import { PATTERN_LIMITS } from "../limits.ts";
import { only } from "./members.ts";

const Config = z.strictObject({
  /** From this score on a draft is taken. */
  min_score: z.number().min(0).max(1).default(0.8),
  max_rounds: z.int().min(1).max(50).default(5),
  /** Two rounds in a row that gain less end it. */
  min_gain: z.number().min(0).max(1).default(0.02),
});
type Config = z.infer<typeof Config>;

const State = z.object({
  goal: z.unknown().optional(),
  round: z.int(),
  draft: z.unknown().optional(),
  best: z.object({ draft: z.unknown(), score: z.number() }).optional(),
  /** Rounds in a row that gained too little. */
  dry: z.int(),
  feedback: z.string().max(PATTERN_LIMITS.remarkCharacters).optional(),
});
type State = z.infer<typeof State>;

const DRY_ROUNDS = 2;

/** One makes drafts, another judges them, until a draft is good enough or gets no better. */
export const evaluatorOptimizer = definePattern<Config, State>({
  name: "evaluator_optimizer",
  version: 1,
  does: "One agent makes drafts and another judges them, until one is good enough, gets no better, or the rounds are over.",
  members: {
    optimizer: { least: 1, most: 1, does: "makes and improves drafts" },
    evaluator: { least: 1, most: 1, does: "scores them from 0 to 1" },
  },
  config: Config,
  state: State,
  kinds: ["produce", "improve", "assess"],
  init: () => ({ goal: undefined, round: 1, draft: undefined, dry: 0 }),
  step(state, event, setup) {
    switch (event.kind) {
      case "started":
        state.goal = event.input;
        return [make(state, setup)];
      case "answered":
        return event.role === only(setup.members, "optimizer") && event.id.startsWith("make.")
          ? [judge(state, setup, event.output)]
          : judged(state, setup, event);
      case "failed":
      case "exhausted":
      case "idle":
        return giveBest(state, event.kind === "failed" ? event.code : event.kind);
      default:
        return [];
    }
  },
  bound: "2 × max_rounds",
  callsBound: ({ config }) => 2 * config.max_rounds,
  best: (state) => resultOf(state, false),
});

function make(state: State, { config, members }: Setup<Config>): Ask {
  const first = state.best === undefined;
  const message = first
    ? { goal: state.goal }
    : { goal: state.goal, draft: state.draft, feedback: state.feedback ?? "" };
  const role = only(members, "optimizer");
  return {
    do: "ask",
    id: `make.${state.round}`,
    role,
    kind: first ? "produce" : "improve",
    round: state.round,
    ofRounds: config.max_rounds,
    message,
  };
}

function judge(state: State, { config, members }: Setup<Config>, draft: unknown): Ask {
  state.draft = draft;
  const message = { goal: state.goal, result: draft };
  return {
    do: "ask",
    id: `judge.${state.round}`,
    role: only(members, "evaluator"),
    kind: "assess",
    round: state.round,
    ofRounds: config.max_rounds,
    message,
  };
}

function judged(
  state: State,
  setup: Setup<Config>,
  event: Extract<PatternEvent, { kind: "answered" }>,
): readonly PatternAction[] {
  const { config } = setup;
  const { score, feedback } = z.object({ score: z.number(), feedback: z.string().optional() }).parse(event.output);
  const gain = score - (state.best?.score ?? -1);
  if (gain > 0) state.best = { draft: state.draft, score };
  if (score >= config.min_score) return [{ do: "finish", output: resultOf(state, true) ?? {} }];
  state.dry = gain < config.min_gain ? state.dry + 1 : 0;
  if (state.round >= config.max_rounds || state.dry >= DRY_ROUNDS) return giveBest(state, "not accepted");
  state.feedback = feedback;
  state.round += 1;
  return [make(state, setup)];
}

function giveBest(state: State, why: string): readonly PatternAction[] {
  const output = resultOf(state, false);
  if (output !== undefined) return [{ do: "finish", output }];
  return [{ do: "fail", code: "NoResult", message: `there is no draft: ${why}` }];
}

function resultOf({ best, draft, round }: State, accepted: boolean): Record<string, unknown> | undefined {
  if (best !== undefined) return { result: best.draft, score: best.score, accepted, rounds: round };
  return draft === undefined ? undefined : { result: draft, accepted, rounds: round };
}
