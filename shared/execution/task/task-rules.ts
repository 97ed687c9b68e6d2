import { createHash } from "node:crypto";
import type { AttemptOutcome } from "../../agents/calls/agent-calls.ts";
import { secondsBetween } from "./event-facts.ts";
import type { Hooked } from "./hooked.ts";
import type { Made } from "./made.ts";
import {
  type InHandsState,
  isInHands,
  isSettled,
  type SettledState,
  type TaskIn,
  type TaskRecord,
} from "./task-record.ts";
import { sumUsage, type Usage, withoutUsage } from "../../core/usage.ts";
import type { RunRef } from "../messages.ts";
import type { PlanTask } from "../../workflow/plan/plan.ts";

/** Whether a task has ended. */
export const hasSettled = (record: TaskRecord): record is TaskIn<SettledState> => isSettled(record.state);

/** Whether an agent, or what stands for one, works on a task. */
export const isAtWork = (record: TaskRecord): record is TaskIn<InHandsState> => isInHands(record.state);

/**
 * Whether a task is skipped because inputs of it were. `any` (the default) runs it while one input was not skipped, so
 * that branches can meet again; `all` passes every skip on; `always` none. An operator's skip that brings a stand-in for
 * the result is none to those who use it.
 */
export function isSkippedByInputs(task: PlanTask, inputs: ReadonlyMap<string, Pick<TaskRecord, "state" | "output">>): boolean {
  const { join = "any", dependsOn } = task;
  if (join === "always" || dependsOn.length === 0) return false;
  const isSkipped = (input: string): boolean => inputs.get(input)?.state === "skipped" && inputs.get(input)?.output === undefined;
  return join === "all" ? dependsOn.some(isSkipped) : dependsOn.every(isSkipped);
}

/** What a task still waits for before its work may begin. An event comes first: the decision may be about it. */
export function nextGate(
  task: PlanTask,
  record: Pick<TaskRecord, "event" | "decision"> | undefined,
): "event" | "approval" | undefined {
  if (task.waitFor !== undefined && record?.event === undefined) return "event";
  return task.approval !== undefined && record?.decision === undefined ? "approval" : undefined;
}

/** What hooks changed for the attempt that comes next; nothing when they have not run for it. */
export const hookedNext = ({ hooked, attempt }: Pick<TaskRecord, "hooked" | "attempt">): Hooked | undefined =>
  hooked?.attempt === attempt + 1 ? hooked : undefined;

/** What the attempt made that a row tells of, while hooks look at it. */
export const madeNow = ({ made, attempt }: Pick<TaskRecord, "made" | "attempt">): Made | undefined => (made?.attempt === attempt ? made : undefined);

/** What hooks changed for the attempt that a row tells of. */
export const hookedNow = ({ hooked, attempt }: Pick<TaskRecord, "hooked" | "attempt">): Hooked | undefined =>
  hooked?.attempt === attempt ? hooked : undefined;

/** Whether a task is nothing but a call to an agent whose inputs are all there: no question to ask before it. */
export const isPlainCall = (task: PlanTask): boolean =>
  task.kind === "agent" &&
  task.when === undefined &&
  task.waitFor === undefined &&
  task.approval === undefined &&
  task.forEach === undefined &&
  task.inputFrom === undefined;

/** Whether this end of a task ends its run as well: then nobody who waits for it may start. */
export const endsRun = (task: PlanTask, { state }: Pick<TaskRecord, "state">): boolean =>
  state === "cancelled" || (state === "failed" && task.onFailure === "fail");

/** What the name of a graph run's token begins with. Tokens of Step Functions are base64, which has no such letter. */
export const RUN_TOKEN_PREFIX = "run:";

/** Whether a token is the name of a graph run's. */
export const isRunToken = (token: string): boolean => token.startsWith(RUN_TOKEN_PREFIX);

type Run = Pick<RunRef, "tenant" | "execution" | "run">;

/** The name of a graph run's token, which its rows and messages carry. */
export const runTokenOf = ({ tenant, execution, run }: Run): string =>
  RUN_TOKEN_PREFIX + JSON.stringify([tenant, execution, run]);

/**
 * The token that a message of a run is to carry. A graph run's is known by the run: the name that came with the message may
 * stand in a row that settled in an earlier run, whose token nothing waits on any more.
 */
export const tokenOfRun = (run: Run, token: string): string => (isRunToken(token) ? runTokenOf(run) : token);

/** What an agent asks for. */
export type Asked = Pick<Extract<AttemptOutcome, { kind: "input_required" }>, "asksFor" | "question">;

/**
 * Names a question by what it says: agents give their messages new ids and times at every look, so only another content
 * is another question for sure.
 */
export const questionIdOf = ({ asksFor, question }: Asked): string =>
  createHash("sha256")
    .update(JSON.stringify([asksFor ?? "input", question ?? null]))
    .digest("hex")
    .slice(0, 16);

/** Whether what an agent says of a task under way is not on record yet. An answer on its way leaves its question open. */
export function isNews(
  record: TaskIn<InHandsState>,
  heard: Extract<AttemptOutcome, { kind: "working" | "input_required" }>,
): boolean {
  if (heard.kind === "working") return record.state !== "running" || record.answer !== undefined;
  const known = record.state === "running" ? record.answer?.questionId : record.questionId;
  return known === undefined || known !== questionIdOf(heard);
}

type Used = Pick<TaskRecord, "usage" | "child" | "childUsage">;

/** The figures of a row with those of an attempt that ended. An execution that went on is counted as a whole again. */
export function usageAfter(before: Used, usage: Usage | undefined): Pick<TaskRecord, "usage" | "childUsage"> {
  const { child, childUsage } = before;
  if (usage === undefined) return { usage: before.usage, childUsage };
  if (child === undefined) return { usage: sumUsage([before.usage, usage]) };
  return { usage: sumUsage([withoutUsage(before.usage, childUsage), usage]), childUsage: usage };
}

/** Tasks of the execution that ran as an attempt have told theirs already. */
export const usageFact = ({ child }: Used, usage: Usage | undefined) =>
  usage === undefined || child !== undefined ? {} : { usage: { ...usage } };

/** Who made it that hooks have looked at. */
export function workMade(before: Pick<TaskRecord, "made" | "attempt">) {
  const { agentId, contextId, messageId, agentTaskId, hedgedAt, dispatchedAt } = madeNow(before) ?? {};
  return { agentId, contextId, messageId, agentTaskId, hedgedAt, dispatchedAt, made: undefined };
}

/** What is told of the attempt that made it. */
export function madeFacts(before: Pick<TaskRecord, "made" | "attempt">) {
  const made = madeNow(before);
  if (made === undefined) return {};
  const { agentId, skill, operation, usage, dispatchedAt, endedAt } = made;
  const known = { ...(agentId === undefined ? {} : { agent_id: agentId }), ...(skill === undefined ? {} : { skill }), ...(operation === undefined ? {} : { operation }) };
  return { duration_seconds: secondsBetween(dispatchedAt, endedAt), ...known, ...(usage === undefined ? {} : { usage: { ...usage } }) };
}
