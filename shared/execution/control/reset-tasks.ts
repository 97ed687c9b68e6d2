import { createTask, type ExecutionHead, moveTask, newEvent, type NewEvent } from "../store/execution-store.ts";
import type { CommitOutcome } from "../../aws/group-commit.ts";
import { payloadBytes } from "../store/payload-store.ts";
import { atWork, type Step, type TaskOutline } from "./restart-rules.ts";
import type { Restart, TaskChange } from "../control.ts";
import type { TaskRecord } from "../execution.ts";
import type { ControlDeps } from "./control-deps.ts";

/** What a task had of its former life. */
const FORGOTTEN = {
  token: "",
  agentId: undefined,
  agentTaskId: undefined,
  contextId: undefined,
  messageId: undefined,
  pushSecretHash: undefined,
  triedAgents: undefined,
  dispatchedAt: undefined,
  deadlineAt: undefined,
  notBefore: undefined,
  settledAt: undefined,
  output: undefined,
  question: undefined,
  failure: undefined,
  reason: undefined,
  waitUntil: undefined,
  waitSince: undefined,
  child: undefined,
  items: undefined,
  hedgedAt: undefined,
} satisfies Partial<TaskRecord>;

/** Carries out a step of a restart. `stale`: the row is no longer as it was seen; look again. */
export async function changeTask(
  deps: Pick<ControlDeps, "executions" | "now">,
  head: ExecutionHead,
  { step, run, restart }: { step: Step; run: number; restart: Restart },
): Promise<CommitOutcome> {
  const { task, change, outline } = step;
  const at = deps.now().toISOString();
  const events = eventsOf({ step, run, restart }, at);
  const recall = outline === undefined ? undefined : atWork(outline);
  const set = { run, recall, ...setOf(restart, change, { outline, at }) };
  if (outline === undefined) {
    const record = { task, attempt: 0, token: "", ...set };
    return createTask(deps.executions, head, { record, events });
  }
  const { state, attempt } = outline;
  return moveTask(deps.executions, head, { task, from: [state], attempt, holds: { run: outline.run }, set, events });
}

function setOf(
  restart: Restart,
  change: TaskChange,
  { outline, at }: { outline: TaskOutline | undefined; at: string },
): Partial<TaskRecord> & Pick<TaskRecord, "state"> {
  switch (change.act) {
    case "reset": {
      const { attempt = 0 } = outline ?? {};
      // Attempts are counted on, because message ids are made of them; the policy begins to count after them.
      const anew = { ...FORGOTTEN, state: "queued" as const, queuedAt: at, retryBase: attempt };
      return { ...anew, decision: keptDecision(restart, outline), input: change.input ?? keptInput(restart, outline) };
    }
    case "skip":
      return { ...FORGOTTEN, state: "skipped", settledAt: at, output: change.output };
    case "drop":
      return { ...FORGOTTEN, state: "cancelled", settledAt: at };
    case "revive":
      return { state: "running", token: "", settledAt: undefined, failure: undefined };
    default:
      return change satisfies never;
  }
}

/** What failed after a person agreed to it need not be agreed to again; what is done anew must be. */
const keptDecision = ({ others }: Restart, outline: TaskOutline | undefined) =>
  others?.rule === "failures" && outline?.decision?.verdict === "approved" && outline.state !== "completed"
    ? outline.decision
    : undefined;

/** An input that took the place of the definition's stays, except when the execution is taken back to before it. */
const keptInput = ({ others }: Restart, outline: TaskOutline | undefined) =>
  others?.rule === "since" ? undefined : outline?.input;

function eventsOf(
  { step, run, restart }: { step: Step; run: number; restart: Restart },
  at: string,
): readonly NewEvent[] {
  const { task, change, outline } = step;
  const about = { task_id: task, attempt: outline?.attempt ?? 0 };
  const reset = newEvent("task.reset", {
    id: `${task}.reset.r${run}`,
    at,
    facts: { ...about, run, reason: restart.action },
  });
  switch (change.act) {
    case "reset":
      return [reset];
    case "revive": {
      const facts = { ...about, child_execution_id: outline?.child ?? "" };
      return [reset, newEvent("task.child_started", { id: `${task}.child.r${run}`, at, facts })];
    }
    case "skip":
    case "drop": {
      const output = change.act === "skip" ? change.output : undefined;
      const status = change.act === "skip" ? ("skipped" as const) : ("cancelled" as const);
      const result =
        output === undefined
          ? {}
          : { result: { bytes: payloadBytes(output), ...("key" in output ? { key: output.key } : {}) } };
      const facts = { ...about, status, duration_seconds: 0, ...result };
      return [newEvent("task.completed", { id: `${task}.${about.attempt}.${change.act}.r${run}`, at, facts })];
    }
    default:
      return change satisfies never;
  }
}
