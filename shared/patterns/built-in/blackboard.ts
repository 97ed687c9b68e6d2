import * as z from "zod";
import { present } from "../../core/present.ts";
import { compileExpression, ExpressionError, expressionOf } from "../../expression/expression.ts";
import { EXPRESSION_LIMITS } from "../../expression/limits.ts";
import { PATTERN_LIMITS } from "../limits.ts";
import {
  type Ask,
  definePattern,
  type PatternAction,
  type PatternEvent,
  type Setup,
  type SetupFinding,
} from "../pattern.ts";
import { textOf } from "./ballot.ts";
import { all } from "./members.ts";

const Text = z.string().min(1).max(EXPRESSION_LIMITS.expressionCharacters);

const Source = z.strictObject({
  role: z.string().min(1).max(PATTERN_LIMITS.nameCharacters),
  /** Over `board` and `input`: whether it has something to do. */
  when: Text,
  /** The highest goes first; of equals the first in the list. */
  priority: z.number().default(0),
});

const Config = z.strictObject({
  /** Over `board` and `input`: whether the work is done. */
  goal: Text,
  sources: z.array(Source).min(1).max(PATTERN_LIMITS.roles),
  max_activations: z.int().min(1).max(200).default(20),
});
type Config = z.infer<typeof Config>;

const State = z.object({
  input: z.unknown().optional(),
  board: z.array(z.tuple([z.string(), z.unknown()])),
  activations: z.int(),
  /** Who works now, and who worked last without changing anything, by place. */
  active: z.int().optional(),
  idle: z.array(z.int()),
  /** How often each source has failed. */
  failures: z.array(z.int()),
});
type State = z.infer<typeof State>;

/** Whoever fails so often is not asked again. */
const MOST_FAILURES = 2;
const VARIABLES = ["board", "input"];

/** Sources write on one board; which of them comes next, the board decides. */
export const blackboard = definePattern<Config, State>({
  name: "blackboard",
  version: 1,
  does: "Sources read and write one board; each is asked when its condition over the board holds, until the goal does.",
  members: { sources: { least: 1, most: PATTERN_LIMITS.roles, does: "add to the board what they know" } },
  config: Config,
  state: State,
  kinds: ["contribute"],
  check: findings,
  init: ({ config }) => ({ board: [], activations: 0, idle: [], failures: config.sources.map(() => 0) }),
  step(state, event, setup) {
    switch (event.kind) {
      case "started":
        state.input = event.input;
        return next(state, setup);
      case "answered":
      case "failed":
        return heardOf(state, setup, event);
      case "exhausted":
      case "idle":
        return [{ do: "finish", output: outputOf(state, false) }];
      default:
        return [];
    }
  },
  bound: "max_activations",
  callsBound: ({ config }) => config.max_activations,
  best: (state) => outputOf(state, false),
});

function findings({ config, members }: Setup<Config>): SetupFinding[] {
  const roles = all(members, "sources");
  const strangers = config.sources.flatMap(({ role }, place): SetupFinding[] => {
    if (roles.includes(role)) return [];
    const path = ["sources", place, "role"];
    return [{ path, message: `"${role}" is no source here`, remedy: `name one of ${roles.join(", ")}` }];
  });
  const texts = [
    { text: config.goal, path: ["goal"] },
    ...config.sources.map(({ when }, place) => ({ text: when, path: ["sources", place, "when"] })),
  ];
  const flaws = texts.flatMap(({ text, path }): SetupFinding[] => {
    const compiled = compileExpression(text, VARIABLES);
    if (compiled.ok) return [];
    return [{ path, message: compiled.message, remedy: "correct the expression; it may speak of board and input" }];
  });
  return [...strangers, ...flaws];
}

/** What is not there yet is not true. */
function holds(text: string, { board, input }: State): boolean {
  try {
    return expressionOf(text, VARIABLES).evaluate({ board: Object.fromEntries(board), input }) === true;
  } catch (error) {
    if (error instanceof ExpressionError) return false;
    throw error;
  }
}

/** Those with something to do; who has just changed nothing waits until somebody else does. */
function next(state: State, { config }: Setup<Config>): readonly PatternAction[] {
  if (holds(config.goal, state)) return [{ do: "finish", output: outputOf(state, true) }];
  const [chosen] = config.sources
    .map((source, place) => ({ ...source, place }))
    .filter(({ place }) => present(state.failures[place]) < MOST_FAILURES && !state.idle.includes(place))
    .filter(({ when }) => holds(when, state))
    .sort((a, b) => b.priority - a.priority);
  if (chosen === undefined || state.activations >= config.max_activations) {
    return [{ do: "finish", output: outputOf(state, false) }];
  }
  state.activations += 1;
  state.active = chosen.place;
  const ask: Ask = {
    do: "ask",
    id: `contribute.${state.activations}`,
    role: chosen.role,
    kind: "contribute",
    round: state.activations,
    ofRounds: config.max_activations,
    message: { goal: state.input, until: config.goal, board: Object.fromEntries(state.board) },
    thread: `source ${chosen.place}`,
  };
  return [ask];
}

type Said = Extract<PatternEvent, { kind: "answered" | "failed" }>;

function heardOf(state: State, setup: Setup<Config>, event: Said): readonly PatternAction[] {
  const place = present(state.active);
  if (event.kind === "failed") {
    state.failures[place] = present(state.failures[place]) + 1;
    return next(state, setup);
  }
  const { set } = z.object({ set: z.record(z.string(), z.unknown()) }).parse(event.output);
  const before = textOf(state.board);
  const written = new Map([...state.board, ...Object.entries(set)]);
  state.board = [...written];
  state.idle = textOf(state.board) === before ? [...state.idle, place] : [];
  return next(state, setup);
}

const outputOf = ({ board, activations }: State, complete: boolean): Record<string, unknown> => ({
  result: Object.fromEntries(board),
  complete,
  activations,
});
