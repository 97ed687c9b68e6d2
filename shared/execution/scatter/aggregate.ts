/** Makes one output of the answers of several agents (spec 003 §2, scatter-gather). */
import { sortKeys } from "../../core/canonical-json.ts";
import { expressionOf } from "../../expression/expression.ts";
import { averageOf } from "./average.ts";
import { mergeValues, type ConflictRule } from "./merge-values.ts";

/** One agent's answer. */
export interface Answer {
  readonly agent: string;
  /** Plain JSON, at most `LIMITS.definitionDepth` deep: `gatherAnswers` counts anything deeper as a failure. */
  readonly output: unknown;
  /** When it came, in milliseconds since 1970. */
  readonly at: number;
}

/** How answers become one output. */
export type Aggregation =
  | { readonly kind: "first" }
  | { readonly kind: "all" }
  /** `plurality` (the default): more votes than any other answer; `majority`: than all others together. */
  | { readonly kind: "majority_vote"; readonly quorum?: "plurality" | "majority" | undefined }
  | { readonly kind: "average" }
  /** @default "first" */
  | { readonly kind: "merge"; readonly onConflict?: ConflictRule | undefined }
  /** Gets the answers as `responses`: a list of `{agent, output}`, in the order the agents were asked. */
  | { readonly kind: "custom"; readonly evaluate: (scope: Readonly<Record<string, unknown>>) => unknown };

/** The output, and what a reader should know about how it came to be. */
export type Aggregated =
  | {
      readonly ok: true;
      readonly output: unknown;
      /** Of `majority_vote`. */
      readonly vote?: Vote | undefined;
      /** Paths at which answers contradicted each other, such as `items[0].price`. */
      readonly conflicts: readonly string[];
    }
  | { readonly ok: false; readonly code: "NoMajority" | "NotAveragable" | "MergeConflict"; readonly message: string };

/** How a vote went. */
export interface Vote {
  readonly votes: number;
  readonly of: number;
  /** Agents that answered something else. */
  readonly dissenters: readonly string[];
}

/**
 * The aggregation that a text states in the expression language, over `responses`.
 *
 * @throws {ExpressionError} the text is no such expression.
 */
export function customAggregation(text: string): Aggregation {
  const expression = expressionOf(text, ["responses"]);
  return { kind: "custom", evaluate: (scope) => expression.evaluate(scope) };
}

/**
 * Aggregates at least one answer, given in the order the agents were asked.
 *
 * @throws {ExpressionError} a custom expression cannot be evaluated.
 */
export function aggregateAnswers(answers: readonly Answer[], aggregation: Aggregation): Aggregated {
  const outputs = answers.map(({ output }) => output);
  switch (aggregation.kind) {
    case "first":
      return plain(earliest(answers)?.output);
    case "all":
      return plain(outputs);
    case "majority_vote":
      return decideVote(answers, aggregation.quorum ?? "plurality");
    case "average":
      return averaged(outputs);
    case "merge":
      return mergedBy(outputs, aggregation.onConflict ?? "first");
    case "custom":
      return plain(aggregation.evaluate({ responses: answers.map(({ agent, output }) => ({ agent, output })) }));
    default:
      return aggregation satisfies never;
  }
}

/**
 * Counts equal answers; JSON values are equal when they differ in nothing but the order of keys. Ballots
 * come back with the most votes first, and of as many the one that came first.
 */
export function voteOn(answers: readonly Answer[]): readonly Ballot[] {
  const byValue = Map.groupBy(answers, ({ output }) => JSON.stringify(sortKeys(output)) ?? "");
  const ballots = [...byValue.values()].map((voters) => ({
    voters: voters.map(({ agent }) => agent),
    output: voters[0]?.output,
    firstAt: Math.min(...voters.map(({ at }) => at)),
  }));
  return ballots.sort((a, b) => b.voters.length - a.voters.length || a.firstAt - b.firstAt);
}

/** One answer and who gave it. */
export interface Ballot {
  readonly voters: readonly string[];
  readonly output: unknown;
  readonly firstAt: number;
}

function decideVote(answers: readonly Answer[], quorum: "plurality" | "majority"): Aggregated {
  const ballots = voteOn(answers);
  const [winner, second] = ballots;
  const votes = winner?.voters.length ?? 0;
  const isShort = quorum === "majority" && votes * 2 <= answers.length;
  if (isShort || second?.voters.length === votes) {
    return { ok: false, code: "NoMajority", message: noMajority(ballots, answers.length, quorum) };
  }
  const dissenters = answers.map(({ agent }) => agent).filter((agent) => winner?.voters.includes(agent) !== true);
  return { ok: true, output: winner?.output, vote: { votes, of: answers.length, dissenters }, conflicts: [] };
}

/** How many votes a message about a vote counts out. */
const COUNTED_OUT = 10;

/** Counts and no answers: those are payload. */
function noMajority(ballots: readonly Ballot[], of: number, quorum: "plurality" | "majority"): string {
  const counts = ballots.slice(0, COUNTED_OUT).map(({ voters }) => voters.length).join(", ");
  const rest = ballots.length > COUNTED_OUT ? ", …" : "";
  const flaw = quorum === "majority" ? "no answer has more than half" : "the most frequent answers tie";
  const votes = `${of} votes fell on ${ballots.length} different answers (${counts}${rest})`;
  return `${flaw}: ${votes}; ask more agents, an odd number, or decide ties with aggregate: {expression}`;
}

function averaged(outputs: readonly unknown[]): Aggregated {
  const { value, conflicts } = averageOf(outputs);
  if (value !== undefined) return { ok: true, output: value, conflicts };
  return { ok: false, code: "NotAveragable", message: "the answers have no number in common to average" };
}

function mergedBy(outputs: readonly unknown[], onConflict: ConflictRule): Aggregated {
  const { value, conflicts } = mergeValues(outputs, onConflict);
  if (onConflict !== "fail" || conflicts.length === 0) return { ok: true, output: value, conflicts };
  return { ok: false, code: "MergeConflict", message: `the answers contradict each other at ${conflicts.join(", ")}` };
}

const plain = (output: unknown): Aggregated => ({ ok: true, output, conflicts: [] });

const earliest = (answers: readonly Answer[]): Answer | undefined =>
  answers.reduce<Answer | undefined>(
    (best, answer) => (best === undefined || answer.at < best.at ? answer : best),
    undefined,
  );
