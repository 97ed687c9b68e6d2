import * as z from "zod";
import { present } from "../../core/present.ts";
import { PATTERN_LIMITS } from "../limits.ts";
import { type Ask, definePattern, type PatternAction, type PatternEvent, type Setup } from "../pattern.ts";
import { all, only } from "./members.ts";

/** How a task is judged by a supervisor. */
export const SupervisedConfig = z.strictObject({
  /** What a result must be given to be accepted; 0: results are not judged. */
  min_quality: z.number().min(0).max(1).default(0.7),
  /** How often the task is done again before a supervisor decides, by another agent where there is one. */
  max_redo: z.int().min(0).max(5).default(1),
  /** Whether what no supervisor accepts is for a person to decide. */
  escalate: z.boolean().default(false),
});
type Config = z.infer<typeof SupervisedConfig>;

const Attempt = z.object({ result: z.unknown(), agent: z.string(), score: z.number().optional() });

const State = z.object({
  goal: z.unknown().optional(),
  /** Place of the supervisor who decides next. */
  level: z.int(),
  tries: z.int(),
  /** Tries that are left before somebody decides. */
  redos: z.int(),
  tried: z.array(z.string()),
  /** The attempt that is being judged. */
  judged: Attempt.optional(),
  best: Attempt.optional(),
  feedback: z.string().max(PATTERN_LIMITS.remarkCharacters).optional(),
  /** Why the last attempt failed, if it did. */
  failure: z.string().optional(),
});
type State = z.infer<typeof State>;

const MOST_SUPERVISORS = 5;

/** One agent does the task; another judges it, has it done again by others, and decides about what fails. */
export const supervised = definePattern<Config, State>({
  name: "supervised",
  version: 1,
  does: "One agent does a task; a supervisor judges the result, has it done again by another agent where it falls short, and decides about what fails; the next supervisor decides about what the one before does not accept.",
  members: {
    supervisor: { least: 1, most: MOST_SUPERVISORS, does: "judge and decide, the nearest first" },
    worker: { least: 1, most: 1, does: "does the task" },
  },
  config: SupervisedConfig,
  state: State,
  kinds: ["task", "assess", "decide"],
  gives: "result",
  init: ({ config }) => ({ goal: undefined, level: 0, tries: 0, redos: config.max_redo, tried: [] }),
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
        return [refusal(state, setup, event.kind)];
      default:
        return [];
    }
  },
  bound: "2 × (1 + max_redo) + 3 × supervisors",
  callsBound: ({ config, members }) => 2 * (1 + config.max_redo) + 3 * all(members, "supervisor").length,
  // A result that was not accepted does not pass for one because the time is over.
  best: () => undefined,
});

function work(state: State, { members }: Setup<Config>): Ask {
  state.tries += 1;
  const { feedback, failure, best, tried } = state;
  const review = {
    ...(best === undefined ? {} : { result: best.result, score: best.score ?? null }),
    ...(feedback === undefined ? {} : { feedback }),
    ...(failure === undefined ? {} : { failure }),
  };
  return {
    do: "ask",
    id: `work.${state.tries}`,
    role: only(members, "worker"),
    kind: "task",
    message: state.tries === 1 ? {} : { review },
    exclude: tried,
    thread: "work",
  };
}

function assess(state: State, setup: Setup<Config>, attempt: z.infer<typeof Attempt>): Ask {
  state.judged = attempt;
  const message = { goal: state.goal, result: attempt.result, min_quality: setup.config.min_quality };
  return {
    do: "ask",
    id: `assess.${state.tries}`,
    role: only(setup.members, "supervisor"),
    kind: "assess",
    message,
    thread: "assess",
  };
}

function answered(
  state: State,
  setup: Setup<Config>,
  { id, agent, output }: Extract<PatternEvent, { kind: "answered" }>,
): readonly PatternAction[] {
  if (id.startsWith("work.")) {
    state.failure = undefined;
    if (setup.config.min_quality === 0) return [accept(output)];
    return [assess(state, setup, { result: output, agent })];
  }
  return id.startsWith("assess.") ? judged(state, setup, output) : decided(state, setup, output);
}

const accept = (result: unknown): PatternAction => ({ do: "finish", output: { result } });

function judged(state: State, setup: Setup<Config>, output: unknown): readonly PatternAction[] {
  const { score, feedback } = z.object({ score: z.number(), feedback: z.string().optional() }).parse(output);
  const attempt = present(state.judged);
  state.judged = undefined;
  if (score >= setup.config.min_quality) return [accept(attempt.result)];
  if (score >= (state.best?.score ?? 0)) state.best = { ...attempt, score };
  state.feedback = feedback;
  if (attempt.agent !== "") state.tried.push(attempt.agent);
  return [again(state, setup)];
}

/** Once more while there are tries left; then a supervisor decides. */
function again(state: State, setup: Setup<Config>): PatternAction {
  if (state.redos === 0) return handBack(state, setup);
  state.redos -= 1;
  return work(state, setup);
}

/** The nearest supervisor who has not decided yet decides; after the last one nobody does. */
const handBack = (state: State, setup: Setup<Config>): PatternAction =>
  state.level < all(setup.members, "supervisor").length ? decide(state, setup) : refusal(state, setup);

function decide(state: State, setup: Setup<Config>): Ask {
  const { goal, best, feedback, failure, tried, tries } = state;
  const message = {
    goal,
    result: best?.result ?? null,
    ...(best?.score === undefined ? {} : { score: best.score, min_quality: setup.config.min_quality }),
    ...(feedback === undefined ? {} : { feedback }),
    ...(failure === undefined ? {} : { failure }),
    attempts: tries,
    agents: tried,
  };
  return {
    do: "ask",
    id: `decide.${state.level}.${tries}`,
    role: present(all(setup.members, "supervisor")[state.level]),
    kind: "decide",
    message,
    thread: "decide",
  };
}

const Decision = z.object({
  decision: z.enum(["redo", "accept", "fail"]),
  result: z.unknown().optional(),
  feedback: z.string().optional(),
});

function decided(state: State, setup: Setup<Config>, output: unknown): readonly PatternAction[] {
  const { decision, result, feedback } = Decision.parse(output);
  if (feedback !== undefined) state.feedback = feedback;
  const given = result ?? state.best?.result;
  if (decision === "accept" && given !== undefined && given !== null) return [accept(given)];
  state.level += 1;
  if (decision === "redo") return [work(state, setup)];
  return [handBack(state, setup)];
}

function failed(
  state: State,
  setup: Setup<Config>,
  { id, agent, code }: Extract<PatternEvent, { kind: "failed" }>,
): readonly PatternAction[] {
  if (id.startsWith("assess.")) {
    const { result } = present(state.judged);
    // Nobody can judge it: a result that was not judged is better than none.
    return [accept(result)];
  }
  if (id.startsWith("decide.")) {
    state.level += 1;
    return [handBack(state, setup)];
  }
  state.failure = code;
  if (agent !== "") state.tried.push(agent);
  return [handBack(state, setup)];
}

function refusal({ best, failure, feedback, tries }: State, { config }: Setup<Config>, why?: string): PatternAction {
  const of = why === undefined ? "" : ` (${why})`;
  const reason =
    best?.score === undefined
      ? (failure ?? "there is no result")
      : `the best result was given ${best.score}, less than ${config.min_quality}`;
  const said = feedback === undefined ? "" : `: ${feedback}`;
  const code = config.escalate ? "Escalated" : "NotAccepted";
  return { do: "fail", code, message: `not accepted after ${tries} attempts${of}: ${reason}${said}` };
}
