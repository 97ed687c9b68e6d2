import * as z from "zod";
import { present } from "../../core/present.ts";
import { PATTERN_LIMITS } from "../limits.ts";
import { type Ask, definePattern, type PatternAction, type PatternEvent, type Setup } from "../pattern.ts";
import { all } from "./members.ts";

const Config = z.strictObject({
  /** What a critic must give a stage's result to let it pass; without a critic everything passes. */
  min_quality: z.number().min(0).max(1).default(0.7),
  /** How often a stage is done again, by another agent where there is one. */
  max_repeats: z.int().min(0).max(5).default(1),
});
type Config = z.infer<typeof Config>;

const Passed = z.object({ role: z.string(), result: z.unknown(), score: z.number().optional() });

const State = z.object({
  goal: z.unknown().optional(),
  /** Results of the stages that are through, in order. */
  passed: z.array(Passed),
  /** Of the stage at work. */
  tries: z.int(),
  tried: z.array(z.string()),
  judged: z.object({ result: z.unknown(), agent: z.string() }).optional(),
  feedback: z.string().max(PATTERN_LIMITS.remarkCharacters).optional(),
});
type State = z.infer<typeof State>;

type Answered = Extract<PatternEvent, { kind: "answered" }>;

/** Stage after stage works on what the one before made; a gate after each lets through what is good enough. */
export const pipeline = definePattern<Config, State>({
  name: "pipeline",
  version: 1,
  does: "Each stage works on what the one before made; where there is a critic, a result passes its gate, or the stage does it again with the feedback.",
  members: {
    stages: { least: 2, most: PATTERN_LIMITS.roles, does: "work, in this order" },
    critic: { least: 0, most: 1, does: "scores the result of each stage" },
  },
  config: Config,
  state: State,
  kinds: ["delegate", "assess"],
  init: () => ({ goal: undefined, passed: [], tries: 0, tried: [] }),
  step(state, event, setup) {
    switch (event.kind) {
      case "started":
        state.goal = event.input;
        return [work(state, setup)];
      case "answered":
        return answered(state, setup, event);
      case "failed":
        return failed(state, setup, event);
      case "exhausted":
      case "idle":
        return [lastWord(state, event.kind)];
      default:
        return [];
    }
  },
  bound: "stages × (1 + max_repeats), × 2 with a critic",
  callsBound: ({ config, members }) =>
    all(members, "stages").length * (1 + config.max_repeats) * (all(members, "critic").length + 1),
  best: (state) => outputOf(state),
});

const roleAt = ({ members }: Setup<Config>, place: number): string => present(all(members, "stages")[place]);

function work(state: State, setup: Setup<Config>): Ask {
  const place = state.passed.length;
  state.tries += 1;
  const before = state.passed.at(-1);
  const message = {
    goal: state.goal,
    stage: place + 1,
    of: all(setup.members, "stages").length,
    ...(before === undefined ? {} : { input: before.result }),
    ...(state.feedback === undefined ? {} : { feedback: state.feedback }),
    ...(state.tries > 1 ? { attempt: state.tries } : {}),
  };
  return {
    do: "ask",
    id: `work.${place}.${state.tries}`,
    role: roleAt(setup, place),
    kind: "delegate",
    message,
    exclude: state.tried,
    thread: `stage ${place}`,
  };
}

function answered(state: State, setup: Setup<Config>, { id, agent, output }: Answered): readonly PatternAction[] {
  const [critic] = all(setup.members, "critic");
  if (id.startsWith("work.")) {
    if (critic === undefined) return [pass(state, setup, { result: output })];
    state.judged = { result: output, agent };
    const message = { goal: state.goal, stage: state.passed.length + 1, result: output };
    return [{ do: "ask", id: id.replace("work.", "assess."), role: critic, kind: "assess", message, thread: "critic" }];
  }
  const { score, feedback } = z.object({ score: z.number(), feedback: z.string().optional() }).parse(output);
  const { result, agent: worker } = present(state.judged);
  if (score >= setup.config.min_quality) return [pass(state, setup, { result, score })];
  state.feedback = feedback;
  return [again(state, setup, { agent: worker, why: `the gate gave it ${score}, less than ${setup.config.min_quality}` })];
}

/** On to the next stage, or to the end. */
function pass(state: State, setup: Setup<Config>, { result, score }: { result: unknown; score?: number }): PatternAction {
  const role = roleAt(setup, state.passed.length);
  state.passed.push({ role, result, ...(score === undefined ? {} : { score }) });
  Object.assign(state, { tries: 0, tried: [], judged: undefined, feedback: undefined });
  if (state.passed.length < all(setup.members, "stages").length) return work(state, setup);
  return { do: "finish", output: present(outputOf(state)) };
}

function again(state: State, setup: Setup<Config>, { agent, why }: { agent: string; why: string }): PatternAction {
  if (agent !== "") state.tried.push(agent);
  if (state.tries <= setup.config.max_repeats) return work(state, setup);
  const place = state.passed.length;
  return { do: "fail", code: "StageFailed", message: `stage ${place + 1}, ${roleAt(setup, place)}, did not pass: ${why}` };
}

function failed(
  state: State,
  setup: Setup<Config>,
  { id, agent, code }: Extract<PatternEvent, { kind: "failed" }>,
): readonly PatternAction[] {
  // Nobody can judge it: a result that was not judged is better than none.
  if (id.startsWith("assess.")) return [pass(state, setup, { result: present(state.judged).result })];
  return [again(state, setup, { agent, why: code })];
}

function lastWord(state: State, why: string): PatternAction {
  const output = outputOf(state);
  return output === undefined
    ? { do: "fail", code: "NoResult", message: `${why} before a stage was through` }
    : { do: "finish", output };
}

function outputOf({ passed }: State): Record<string, unknown> | undefined {
  const last = passed.at(-1);
  if (last === undefined) return undefined;
  const stages = passed.map(({ role, score }) => ({ role, ...(score === undefined ? {} : { score }) }));
  return { result: last.result, stages };
}
