/** When a scatter-gather has heard enough, and what counts. */
import { LIMITS } from "../../core/limits.ts";
import { aggregateAnswers, voteOn, type Aggregated, type Aggregation, type Answer } from "./aggregate.ts";
import { isAtMostDeep } from "./json-values.ts";

/** An agent that will not answer. */
export interface GatherFailure {
  readonly agent: string;
  readonly code: string;
  readonly at: number;
}

/** What was asked, of whom, and how long to wait. */
export interface GatherPolicy {
  /** Agents asked, in order. */
  readonly agents: readonly string[];
  readonly aggregation: Aggregation;
  /** Answers needed for a result. From 1. */
  readonly minResponses: number;
  /** Answers that come later are recorded and not counted. Milliseconds since 1970. @default - no deadline */
  readonly deadlineAt?: number | undefined;
  /** What one failed agent means: nothing while enough others answer, or the end. @default "tolerate" */
  readonly onFailure?: "tolerate" | "fail" | undefined;
}

/** Everything heard so far. An agent's first word counts, answer or failure. */
export interface Heard {
  readonly answers: readonly Answer[];
  readonly failures: readonly GatherFailure[];
}

/** Where a scatter-gather stands. */
export type Gathered =
  | { readonly state: "waiting"; readonly missing: readonly string[] }
  | { readonly state: "failed"; readonly code: GatherFlaw; readonly message: string; readonly late: readonly string[] }
  | {
      readonly state: "ready";
      readonly result: Extract<Aggregated, { ok: true }>;
      /** Agents whose answers the result is made of. */
      readonly counted: readonly string[];
      /** Agents that answered after the deadline. */
      readonly late: readonly string[];
      /** Agents that failed or said nothing: the result is partial when there are any. */
      readonly absent: readonly string[];
    };

/** Why there is no result. */
export type GatherFlaw = "TooFewResponses" | "AgentFailed" | Extract<Aggregated, { ok: false }>["code"];

/**
 * Judges what was heard by the time `now`. Pure and repeatable: ask again after every answer, failure and deadline.
 *
 * A result is ready before all have answered when no further answer can change it: with the first answer for `first`,
 * with an unbeatable lead for `majority_vote`. It fails as soon as too few agents are left.
 *
 * @throws {ExpressionError} a custom expression cannot be evaluated.
 */
export function gatherAnswers(heard: Heard, policy: GatherPolicy, now: number): Gathered {
  const { counted, late, failed, missing } = sortOut(heard, policy);
  const isOver = policy.deadlineAt !== undefined && now >= policy.deadlineAt;
  const open = isOver ? [] : missing;
  const lateAgents = late.map(({ agent }) => agent);
  const fail = (code: GatherFlaw, message: string): Gathered => ({ state: "failed", code, message, late: lateAgents });
  const [culprit] = failed;
  if (culprit !== undefined && policy.onFailure === "fail")
    return fail("AgentFailed", `${culprit.agent} failed: ${culprit.code}`);
  if (counted.length + open.length < policy.minResponses) {
    return fail(
      "TooFewResponses",
      `${counted.length} of ${policy.agents.length} agents answered, ${policy.minResponses} are needed`,
    );
  }
  if (counted.length < policy.minResponses || !isSettled(counted, open.length, policy))
    return { state: "waiting", missing: open };
  const result = aggregateAnswers(counted, policy.aggregation);
  if (!result.ok) return fail(result.code, result.message);
  const agents = counted.map(({ agent }) => agent);
  return {
    state: "ready",
    result,
    counted: agents,
    late: lateAgents,
    absent: policy.agents.filter((agent) => !agents.includes(agent)),
  };
}

/** Whether no answer that is still out can change the result. */
function isSettled(
  counted: readonly Answer[],
  open: number,
  { aggregation, agents, onFailure }: GatherPolicy,
): boolean {
  if (open === 0) return true;
  // Under "fail" a failure still to come would end everything, so everybody has to be heard.
  if (onFailure === "fail") return false;
  if (aggregation.kind === "first") return true;
  if (aggregation.kind !== "majority_vote") return false;
  const [leader, second] = voteOn(counted);
  const lead = leader?.voters.length ?? 0;
  const isUnbeatable = lead > (second?.voters.length ?? 0) + open;
  return isUnbeatable && (aggregation.quorum !== "majority" || lead * 2 > agents.length);
}

function sortOut({ answers, failures }: Heard, { agents, deadlineAt = Infinity }: GatherPolicy) {
  const isUsable = ({ output }: Answer): boolean => isAtMostDeep(output, LIMITS.definitionDepth);
  const tooDeep = answers
    .filter((answer) => !isUsable(answer))
    .map(({ agent, at }) => ({ agent, at, code: "AnswerTooDeep" }));
  const firstOf = <Word extends { agent: string; at: number }>(
    words: readonly Word[],
    agent: string,
  ): Word | undefined =>
    words
      .filter((word) => word.agent === agent)
      .reduce<Word | undefined>((first, word) => (first === undefined || word.at < first.at ? word : first), undefined);
  const words = agents.map((agent) => {
    const answer = firstOf(answers.filter(isUsable), agent);
    const failure = firstOf([...failures, ...tooDeep], agent);
    const isAnswer = answer !== undefined && (failure === undefined || answer.at <= failure.at);
    return { agent, answer: isAnswer ? answer : undefined, failure: isAnswer ? undefined : failure };
  });
  const given = words.map(({ answer }) => answer).filter((answer) => answer !== undefined);
  return {
    counted: given.filter(({ at }) => at <= deadlineAt),
    late: given.filter(({ at }) => at > deadlineAt),
    failed: words.map(({ failure }) => failure).filter((failure) => failure !== undefined),
    missing: words
      .filter(({ answer, failure }) => answer === undefined && failure === undefined)
      .map(({ agent }) => agent),
  };
}
