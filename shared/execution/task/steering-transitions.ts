import { sumUsage, type Usage } from "../../core/usage.ts";
import type { PayloadRef } from "../payload.ts";
import { newEvent } from "../new-event.ts";
import type { InHands } from "./attempt-transitions.ts";
import { resultFact, secondsBetween } from "./event-facts.ts";
import { isInHands, type TaskIn, type TaskRecord } from "./task-record.ts";
import {
  about,
  along,
  type Binding,
  eventId,
  identityOf,
  memoryOf,
  type Seen,
  type TaskTransition,
  workOf,
} from "./transition.ts";

/** Who is at work on a task, and has to be told when it is taken back. */
export function atWork({ state, agentId, agentTaskId, child }: Pick<TaskRecord, "state" | "agentId" | "agentTaskId" | "child">) {
  if (!isInHands(state)) return undefined;
  const agents = agentId === undefined || agentTaskId === undefined ? [] : [{ agentId, agentTaskId }];
  return agents.length === 0 && child === undefined ? undefined : { agents, ...(child === undefined ? {} : { child }) };
}

/** A second agent gets the task as well. */
export function hedged(before: InHands, at: string): TaskTransition<InHands> {
  const row = { ...before, move: before.move + 1, hedgedAt: at };
  const facts = { ...about(row), agent_id: before.agentId ?? "" };
  return along("hedged", before, { row, events: [newEvent("task.hedged", { id: eventId(row, "hedged"), at, facts })] });
}

/** Nothing was heard of the send: until `until` it is unknown whether the agent has it. */
export function doubted(
  before: TaskIn<"dispatched">,
  { reason, until, at }: { reason: string; until: string; at: string },
): TaskTransition<TaskIn<"dispatched">> {
  const row = { ...before, move: before.move + 1 };
  const facts = { ...about(row), agent_id: before.agentId, reason, until };
  return along("doubted", before, {
    row,
    events: [newEvent("task.send_in_doubt", { id: eventId(row, "in_doubt"), at, facts })],
  });
}

/** The same message goes out again; `awaited`: from the function that may wait long for its answer. */
export function resent(
  before: TaskIn<"dispatched">,
  { at, awaited }: { at: string; awaited: TaskIn<"dispatched">["awaited"] },
): TaskTransition<TaskIn<"dispatched">> {
  return along("resent", before, { row: { ...before, move: before.move + 1, dispatchedAt: at, awaited }, events: [] });
}

/** A newer message is the one to answer. */
export const rebound = (before: InHands, { run, token }: Binding): TaskTransition<InHands> =>
  along("rebound", before, { row: { ...before, move: before.move + 1, run, token }, events: [] });

/** Its time stood still for a while. */
export const deadlineMoved = <Row extends TaskIn<"dispatched" | "running">>(before: Row, deadlineAt: string) =>
  along("deadline_moved", before, { row: { ...before, move: before.move + 1, deadlineAt }, events: [] });

/** Those who worked on it were told to stop, and said what they had used. */
export const calledOff = (before: TaskRecord, used?: Usage): TaskTransition => {
  const usage = sumUsage([before.usage, used]);
  return along("called_off", before, { row: { ...before, move: before.move + 1, usage, recall: undefined }, events: [] });
};

const ended = (before: TaskRecord, at: string) => ({
  ...identityOf(before),
  ...memoryOf(before),
  ...workOf(before),
  dispatchedAt: before.dispatchedAt,
  settledAt: at,
  recall: atWork(before) ?? before.recall,
});

/** Its execution is over, or its group is: nobody waits for it any more. */
export function cancelled(before: TaskRecord, at: string): TaskTransition<TaskIn<"cancelled">> {
  const row = { ...ended(before, at), state: "cancelled" as const };
  const facts = {
    ...about(row),
    ...(before.agentId === undefined ? {} : { agent_id: before.agentId }),
    status: "cancelled" as const,
    duration_seconds: secondsBetween(before.dispatchedAt ?? at, at),
  };
  return along("cancelled", before, { row, events: [newEvent("task.completed", { id: eventId(row, "cancelled"), at, facts })] });
}

/** Who steers, how and why, as `workflow.controlled` tells it. */
export interface Steerer {
  readonly by: string;
  readonly reason?: string | undefined;
  readonly action: string;
  readonly run: number;
}

/** Somebody counts it as done where it stands; `output` stands in for its result. */
export function skipped(
  before: TaskRecord,
  { output, at, steerer }: { output: PayloadRef | undefined; at: string; steerer: Steerer },
): TaskTransition<TaskIn<"skipped">> {
  const row = { ...ended(before, at), state: "skipped" as const, failure: undefined, output };
  const { by, reason, action, run } = steerer;
  const told = { action, requested_by: by, run, ...(reason === undefined ? {} : { reason }) };
  return along("skipped", before, {
    row,
    events: [
      newEvent("task.completed", { id: eventId(row, "skipped"), at, facts: endFacts(row, "skipped") }),
      newEvent("workflow.controlled", { id: eventId(row, "skip"), at, facts: told }),
    ],
  });
}

const endFacts = (row: Pick<TaskRecord, "task" | "attempt" | "output">, status: "skipped" | "cancelled") => ({
  ...about(row),
  status,
  duration_seconds: 0,
  ...resultFact(row.output),
});

/** A row as far as a newer run needs to know it: what it had beside this is forgotten. */
export type Outline = Seen & Pick<TaskRecord, "agentId" | "agentTaskId" | "child" | "recall" | "usage">;

/** What a newer run begins with: attempts are counted on, because message ids are made of them. */
const anew = (before: Outline, run: number) => ({
  task: before.task,
  run,
  attempt: before.attempt,
  move: before.move + 1,
  token: "",
  usage: before.usage,
  told: before.told,
  recall: atWork(before) ?? before.recall,
});

/** It starts over in a newer run; the policy begins to count after the attempts it had. */
export function reset(
  before: Outline,
  kept: Pick<TaskRecord, "decision" | "input"> & { run: number; at: string; reason: string },
): TaskTransition<TaskIn<"queued">> {
  const { run, at, reason, decision, input } = kept;
  const row = { ...anew(before, run), state: "queued" as const, queuedAt: at, retryBase: before.attempt, decision, input };
  const facts = { ...about(row), run, reason };
  return along("reset", before, { row, events: [newEvent("task.reset", { id: eventId(row, "reset"), at, facts })] });
}

/** It counts as done in a newer run; `output` stands in for its result. */
export function replaced(
  before: Outline,
  { run, at, output }: { run: number; at: string; output: PayloadRef | undefined },
): TaskTransition<TaskIn<"skipped">> {
  const row = { ...anew(before, run), state: "skipped" as const, settledAt: at, output };
  const facts = endFacts(row, "skipped");
  return along("replaced", before, { row, events: [newEvent("task.completed", { id: eventId(row, "skipped"), at, facts })] });
}

/** It is no part of a newer run. */
export function dropped(before: Outline, { run, at }: { run: number; at: string }): TaskTransition<TaskIn<"cancelled">> {
  const row = { ...anew(before, run), state: "cancelled" as const, settledAt: at };
  const facts = endFacts(row, "cancelled");
  return along("dropped", before, { row, events: [newEvent("task.completed", { id: eventId(row, "dropped"), at, facts })] });
}

/** The execution that runs as it goes on, so it is at work again in a newer run. */
export function revived(
  before: TaskIn<"failed" | "cancelled"> & { readonly child: string },
  { run, at, reason }: { run: number; at: string; reason: string },
): TaskTransition<TaskIn<"running">> {
  const work = { child: before.child, childUsage: before.childUsage, dispatchedAt: before.dispatchedAt ?? at };
  const row = { ...identityOf(before), ...memoryOf(before), ...work, run, token: "", failure: undefined };
  const going = { ...row, state: "running" as const, recall: undefined };
  const told = { ...about(row), run, reason };
  return along("revived", before, {
    row: going,
    events: [
      newEvent("task.reset", { id: eventId(row, "reset"), at, facts: told }),
      newEvent("task.child_started", { id: eventId(row, "child"), at, facts: { ...about(row), child_execution_id: before.child } }),
    ],
  });
}
