import { withholding } from "../attempt/withholding.ts";
import { nextGate } from "../task/task-rules.ts";
import { AWS_QUOTAS } from "../../core/limits.ts";
import { evaluateInputs } from "../attempt/expression-scope.ts";
import { ownInput } from "../attempt/resolve-input.ts";
import { loadInputs } from "../attempt/inputs.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { concludeTask } from "../attempt/settle-attempt.ts";
import { isSettled, type TaskRecord } from "../execution.ts";
import { attemptOf, blankRecord, type Candidate, loadRecord, writeTask } from "./candidate.ts";
import { expandItems, lookAtItems } from "./expand-items.ts";
import { openGate } from "./gates.ts";
import { holdTask } from "./hold-task.ts";
import { endNow, failNow, isToBeSkipped } from "./settle-now.ts";
import { scatterTask } from "./scatter-task.ts";
import { startAgent } from "./start-agent.ts";
import { startChild } from "./start-child.ts";

/**
 * Takes a task whose inputs are there one step on: held, skipped, waiting for its event or decision, expanded, or at
 * work. `record` is its row when it has one.
 */
export async function beginTask(runtime: Runtime, candidate: Candidate, record?: TaskRecord): Promise<void> {
  const withheld = await withholding(runtime, candidate.execution);
  const outcome =
    withheld === undefined
      ? await takeStep(runtime, candidate, record)
      : await holdTask(runtime, candidate, { record, reason: withheld });
  if (outcome !== "exists") return;
  const found = await loadRecord(runtime, candidate);
  if (found !== undefined) await continueTask(runtime, candidate, found);
}

/** `exists`: somebody made the task's row meanwhile, so that it has to be looked at again. */
export type Step = "done" | "exists";

async function takeStep(runtime: Runtime, candidate: Candidate, record: TaskRecord | undefined): Promise<Step> {
  const { task } = candidate;
  const inputs = await loadInputs(runtime, attemptOf(candidate, record ?? blankRecord(runtime, candidate)));
  try {
    if (await isToBeSkipped(runtime, candidate, { record, inputs })) return await endNow(runtime, candidate, { record, state: "skipped" });
    const gate = nextGate(task, record);
    if (gate !== undefined || record?.decision?.verdict === "rejected") return await openGate(runtime, candidate, { record, gate });
    if (task.forEach !== undefined) return await expandItems(runtime, candidate, { record, inputs });
    return await startWork(runtime, candidate, { record, inputs });
  } catch (error) {
    return failNow(runtime, candidate, { record, error });
  }
}

interface Ready {
  readonly record: TaskRecord | undefined;
  readonly inputs: ReadonlyMap<string, TaskRecord>;
}

async function startWork(runtime: Runtime, candidate: Candidate, ready: Ready): Promise<Step> {
  const { task } = candidate;
  switch (task.kind) {
    case "agent":
      if (task.scatter !== undefined) return scatterTask(runtime, candidate, { record: ready.record, scatter: task.scatter });
      return startAgent(runtime, candidate, ready.record);
    case "workflow":
      return startChild(runtime, candidate, ready.record);
    case "emit": {
      const attempt = attemptOf(candidate, ready.record ?? blankRecord(runtime, candidate));
      const detail = { ...task.emit.detail, ...(await evaluateInputs(runtime, attempt, ready.inputs)) };
      return endNow(runtime, candidate, { ...ready, state: "completed", output: detail, emitted: detail });
    }
    case "gate":
      return endNow(runtime, candidate, { ...ready, state: "completed", output: await gateOutput(runtime, candidate, ready) });
    default:
      return task satisfies never;
  }
}

/** A task that only waits gives what it waited for; one that waits for nothing gives its input. */
async function gateOutput(runtime: Runtime, candidate: Candidate, ready: Ready): Promise<unknown> {
  const { record } = ready;
  const event = record?.event === undefined ? undefined : await runtime.load(record.event);
  const decision = record?.decision;
  const approval = decision && { approved_by: decision.by, reason: decision.reason ?? null, at: decision.at };
  if (event !== undefined && approval !== undefined) return { event, approval };
  return event ?? approval ?? ownInput(runtime, attemptOf(candidate, record ?? blankRecord(runtime, candidate)), ready.inputs);
}

/** The task's row exists: go on from where it stands. */
export async function continueTask(runtime: Runtime, candidate: Candidate, record: TaskRecord): Promise<void> {
  const { message } = candidate;
  if (record.run > message.run.run) return;
  const bound = { ...record, token: message.token, run: message.run.run };
  if (isSettled(record.state)) return concludeTask(runtime, attemptOf(candidate, bound), bound);
  if (record.state !== "queued" && record.state !== "parked") return rebind(runtime, candidate, record);
  const wait = record.notBefore === undefined ? 0 : (Date.parse(record.notBefore) - runtime.now().getTime()) / 1000;
  if (wait > 0) return runtime.mail.task(message, Math.min(Math.ceil(wait), AWS_QUOTAS.sqs.delaySeconds));
  if (record.reason === "operator") {
    await holdTask(runtime, candidate, { record, reason: "operator" });
    return;
  }
  return beginTask(runtime, candidate, record);
}

/** Somebody has it: the newest token is the one to answer, and whoever has it is asked how it goes. */
async function rebind(runtime: Runtime, candidate: Candidate, record: TaskRecord): Promise<void> {
  const { message } = candidate;
  const { token, run } = message;
  if (token !== record.token || run.run !== record.run) {
    if ((await writeTask(runtime, candidate, { record, set: {}, events: [] })) === "stale") return runtime.mail.task(message, 1);
  }
  if (record.items !== undefined) return lookAtItems(runtime, candidate, { ...record, token, run: run.run });
  const dispatch = { tenant: run.tenant, execution: run.execution, task: record.task, attempt: record.attempt };
  await runtime.mail.watch({ dispatch, looks: 0 }, 0);
}
