import * as z from "zod";
import { present } from "../../core/present.ts";
import { compileExpression, ExpressionError, expressionOf } from "../../expression/expression.ts";
import { EXPRESSION_LIMITS } from "../../expression/limits.ts";
import { PATTERN_LIMITS } from "../limits.ts";
import { definePattern, type PatternAction, type PatternEvent, type Setup, type SetupFinding } from "../pattern.ts";
import { FUNCTIONS } from "../swarm/functions.ts";
import { optimise } from "../swarm/optimise.ts";
import { beginDivision, divided, Dividing, type Division, hearPart, shareDone } from "../swarm/partitions.ts";
import { type AgentSearch, beginSearch, foundBy, hearValue, Searching } from "../swarm/search-by-agents.ts";
import { all } from "./members.ts";

const Bounds = z.tuple([z.number(), z.number()]).refine(([least, most]) => least < most, { error: "expected [least, most]" });

const Optimising = z.strictObject({
  mode: z.literal("optimise"),
  /** The box that is searched, by dimension. */
  bounds: z.array(Bounds).min(1).max(PATTERN_LIMITS.dimensions),
  /** Repeats a single pair of bounds so often. */
  dimensions: z.int().min(1).max(PATTERN_LIMITS.dimensions).optional(),
  /** Names of the dimensions, for agents. */
  names: z.array(z.string().min(1).max(PATTERN_LIMITS.nameCharacters)).optional(),
  /** Particles. */
  agents: z.int().min(4).max(PATTERN_LIMITS.particles).default(40),
  /** What a position is worth: a known function, or an expression over `position` and `input`. Absent: evaluators say. */
  fitness: z
    .union([
      z.strictObject({ function: z.enum(["sphere", "rastrigin", "rosenbrock", "ackley", "griewank"]) }),
      z.strictObject({ expression: z.string().min(1).max(EXPRESSION_LIMITS.expressionCharacters) }),
    ])
    .optional(),
  goal: z.enum(["minimise", "maximise"]).default("minimise"),
  /** A fitness that is good enough. */
  target: z.number().optional(),
  max_evaluations: z.int().min(4).max(PATTERN_LIMITS.evaluations).default(500),
  /** Whether a swarm that gets no better before the target is scattered anew. */
  restarts: z.boolean().default(true),
});

const Partitioned = z.strictObject({
  mode: z.literal("partitions"),
  data_partitions: z.int().min(1).max(PATTERN_LIMITS.partitions),
  /** Partitions under way at a time. */
  agents_required: z.int().min(1).max(PATTERN_LIMITS.actionsPerStep).default(10),
  /** Share of the partitions that is enough: what is still under way then is called off. */
  convergence_threshold: z.number().gt(0).max(1).default(1),
  /** How often a partition is done again, by another agent where there is one. */
  max_redo: z.int().min(0).max(5).default(1),
  /** Whether a second agent gets the slowest when nothing else is left: both may have done it. */
  speculate: z.boolean().default(false),
});

const Config = z.discriminatedUnion("mode", [Optimising, Partitioned]);
type Config = z.infer<typeof Config>;
type Optimising = z.infer<typeof Optimising>;

const State = z.object({ work: z.discriminatedUnion("mode", [Searching, Dividing]).optional() });
type State = z.infer<typeof State>;

/** Many do alike what one cannot: they look for the best place of a space, or share out the partitions of a whole. */
export const swarm = definePattern<Config, State>({
  name: "swarm",
  version: 1,
  does: "Particles look for the best place of a space, by a function, an expression or the word of agents; or workers share out the partitions of a whole, until enough of them are done.",
  members: { workers: { least: 0, most: 1, does: "say what a position is worth, or do partitions" } },
  config: Config,
  state: State,
  kinds: ["evaluate", "partition"],
  check: findings,
  init: () => ({}),
  step(state, event, setup) {
    switch (event.kind) {
      case "started":
        return begin(state, setup, event);
      case "answered":
      case "failed":
        return hear(state, setup, event);
      case "exhausted":
      case "idle":
        return [lastWord(state, setup)];
      default:
        return [];
    }
  },
  bound: "optimise: max_evaluations where agents say what a position is worth, else 1; partitions: data_partitions × (1 + max_redo), and once more each with speculate",
  callsBound: ({ config, members }) => {
    if (config.mode === "optimise") return all(members, "workers").length === 0 ? 1 : config.max_evaluations;
    return config.data_partitions * (1 + config.max_redo + (config.speculate ? 1 : 0));
  },
  best: (state, setup) => outputOf(state, setup),
});

const isByAgents = ({ members }: Setup<Config>): boolean => all(members, "workers").length > 0;

function boxOf({ bounds, dimensions }: Optimising) {
  const all = bounds.length === 1 && dimensions !== undefined ? Array.from({ length: dimensions }, () => present(bounds[0])) : bounds;
  return { least: all.map(([least]) => least), most: all.map(([, most]) => most) };
}

function begin(state: State, setup: Setup<Config>, { input, seed }: Extract<PatternEvent, { kind: "started" }>): readonly PatternAction[] {
  const { config } = setup;
  const number = Number.parseInt(seed.slice(0, 8), 16) | 0;
  if (config.mode === "optimise" && !isByAgents(setup)) return compute(config, { input, seed: number });
  const [work, actions] =
    config.mode === "optimise" ? beginSearch(searchOf(setup, config), number) : beginDivision(divisionOf(setup, config), input);
  state.work = work;
  return actions;
}

/** Nobody is asked: the search ends in the step that begins it. */
function compute(config: Optimising, { input, seed }: { input: unknown; seed: number }): readonly PatternAction[] {
  const sign = signOf(config);
  const value = valueOf(config, input);
  const { agents: size, max_evaluations: evaluations, restarts, target } = config;
  const search = { space: boxOf(config), size, seed, evaluations, restarts, target: target === undefined ? undefined : sign * target };
  const found = optimise(search, (point) => {
    const worth = sign * value(point);
    return Number.isNaN(worth) ? Infinity : worth;
  });
  if (!Number.isFinite(found.value)) return [{ do: "fail", code: "NoResult", message: "no position has a fitness that is a number" }];
  return [{ do: "finish", output: viewOf(found, sign) }];
}

const signOf = ({ goal }: Optimising): 1 | -1 => (goal === "minimise" ? 1 : -1);

function valueOf({ fitness }: Optimising, input: unknown): (point: Readonly<Float64Array>) => number {
  if (fitness === undefined) throw new Error("nothing says what a position is worth");
  if ("function" in fitness) return FUNCTIONS[fitness.function];
  const expression = expressionOf(fitness.expression, VARIABLES);
  return (point) => worthOf(() => expression.evaluate({ position: [...point], input }));
}

/** A place for which an expression has no number is worth nothing. */
function worthOf(evaluate: () => unknown): number {
  try {
    return Number(evaluate());
  } catch (error) {
    if (error instanceof ExpressionError) return Number.NaN;
    throw error;
  }
}

const VARIABLES = ["position", "input"];

const searchOf = ({ members }: Setup<Config>, config: Optimising): AgentSearch => ({
  space: boxOf(config),
  size: config.agents,
  sign: signOf(config),
  names: config.names,
  target: config.target,
  evaluations: config.max_evaluations,
  evaluator: present(all(members, "workers")[0]),
});

const divisionOf = ({ members }: Setup<Config>, config: z.infer<typeof Partitioned>): Division => ({
  parts: config.data_partitions,
  agents: config.agents_required,
  threshold: config.convergence_threshold,
  redo: config.max_redo,
  speculates: config.speculate,
  worker: present(all(members, "workers")[0]),
});

function hear(state: State, setup: Setup<Config>, event: Extract<PatternEvent, { kind: "answered" | "failed" }>): readonly PatternAction[] {
  const { work } = state;
  const { config } = setup;
  if (work?.mode === "optimise" && config.mode === "optimise") {
    const { actions, isOver } = hearValue(work, searchOf(setup, config), event);
    return isOver ? conclude(state, setup) : actions;
  }
  if (work?.mode !== "partitions" || config.mode !== "partitions") return [];
  const { actions, isOver } = hearPart(work, divisionOf(setup, config), event);
  return isOver ? conclude(state, setup) : actions;
}

/** Everything was tried: what is not enough then will not be. */
function conclude(state: State, setup: Setup<Config>): readonly PatternAction[] {
  const { work } = state;
  const { config } = setup;
  if (work?.mode !== "partitions" || config.mode !== "partitions" || shareDone(work) >= config.convergence_threshold)
    return [lastWord(state, setup)];
  const message = `${Math.round(100 * shareDone(work))} % of the partitions are done, less than ${100 * config.convergence_threshold} %`;
  return [{ do: "fail", code: "NotConverged", message }];
}

function lastWord(state: State, setup: Setup<Config>): PatternAction {
  const output = outputOf(state, setup);
  return output === undefined ? { do: "fail", code: "NoResult", message: "nobody gave anything" } : { do: "finish", output };
}

function outputOf({ work }: State, setup: Setup<Config>): Record<string, unknown> | undefined {
  const { config } = setup;
  if (work?.mode === "partitions") return divided(work);
  if (work === undefined || config.mode !== "optimise") return undefined;
  const found = foundBy(work, searchOf(setup, config));
  return found && viewOf(found, signOf(config));
}

function viewOf<Found extends { readonly position: readonly number[]; readonly value: number; readonly stopped: string }>(
  { position, value, stopped, ...course }: Found,
  sign: 1 | -1,
) {
  const fitness = sign * value;
  return { result: { position, fitness }, fitness, stopped_by: stopped, ...course };
}

function findings({ config, members }: Setup<Config>): readonly SetupFinding[] {
  const workers = all(members, "workers").length;
  const lacking = { path: ["mode"], message: "nobody does the partitions", remedy: "name a role under members.workers" };
  return config.mode === "partitions" ? (workers === 0 ? [lacking] : []) : searchFindings(config, workers > 0);
}

function searchFindings(config: Optimising, isByAgents: boolean): readonly SetupFinding[] {
  const { bounds, dimensions, names, fitness, agents } = config;
  const count = boxOf(config).least.length;
  const text = fitness !== undefined && "expression" in fitness ? fitness.expression : undefined;
  const finding = (path: string[], message: string, remedy: string): SetupFinding => ({ path, message, remedy });
  return [
    ...(isByAgents === (fitness === undefined) ? [] : [finding(["fitness"], isByAgents ? "workers and a fitness say what a position is worth" : "nothing says what a position is worth", "give fitness, or members.workers, and not both")]),
    ...(dimensions !== undefined && bounds.length > 1 && dimensions !== bounds.length ? [finding(["dimensions"], `${dimensions} dimensions, and bounds for ${bounds.length}`, "leave dimensions out, or give one pair of bounds")] : []),
    ...(names !== undefined && names.length !== count ? [finding(["names"], `${names.length} names for ${count} dimensions`, "name each dimension once")] : []),
    ...(isByAgents && (agents > PATTERN_LIMITS.actionsPerStep || agents * count > PATTERN_LIMITS.askedNumbers || config.max_evaluations > PATTERN_LIMITS.calls)
      ? [finding(["agents"], `agents are asked for ${agents} × ${count} numbers at a time and ${config.max_evaluations} times`, `at most ${PATTERN_LIMITS.actionsPerStep} particles, ${PATTERN_LIMITS.askedNumbers} numbers, and ${PATTERN_LIMITS.calls} evaluations where agents say what a position is worth`)]
      : []),
    ...(text === undefined ? [] : expressionFindings(text)),
  ];
}

function expressionFindings(text: string): readonly SetupFinding[] {
  const compiled = compileExpression(text, VARIABLES);
  if (compiled.ok) return [];
  const remedy = "correct the expression; it may speak of position, a list of numbers, and input";
  return [{ path: ["fitness", "expression"], message: compiled.message, remedy }];
}
