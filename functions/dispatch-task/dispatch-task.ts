import { createTask, loadTask, moveTask, newEvent, type TaskRef } from "../../shared/aws/execution-store.ts";
import { parkTask, unparkTask } from "../../shared/aws/parking-lot.ts";
import { chooseAgent, demandOf } from "../../shared/domain/agent-choice.ts";
import { contextIdOf, hashSecret, messageIdOf } from "../../shared/domain/dispatch-ref.ts";
import { AWS_QUOTAS, LIMITS } from "../../shared/limits.ts";
import { type Execution, isFinished, isSettled, type TaskRecord } from "../../shared/schemas/execution.ts";
import type { Agent } from "../../shared/schemas/agent.ts";
import { RUN_END, RUN_START, type TaskMessage } from "../../shared/schemas/messages.ts";
import type { PlanTask } from "../../shared/schemas/plan.ts";
import type { PlanView } from "../../shared/aws/plan-store.ts";
import type { Attempt } from "../../shared/runtime/attempt.ts";
import { endGraph, startGraph, waitsFor } from "../../shared/runtime/graph-run.ts";
import { loadSettled } from "../../shared/runtime/inputs.ts";
import { endsRun, TASK_FAILED } from "../../shared/runtime/release.ts";
import { isoAfter, isoNow, type Runtime } from "../../shared/runtime/runtime.ts";
import { composeMessage, sendAttempt } from "../../shared/runtime/send-attempt.ts";
import { concludeTask } from "../../shared/runtime/settle-attempt.ts";

/** A task of a live run whose message is being looked at. */
export interface Candidate {
  readonly message: TaskMessage;
  readonly execution: Execution;
  readonly view: PlanView;
  readonly task: PlanTask;
}

/**
 * Starts a task if it may start. A message is only a nudge: it may arrive twice, late or for a run that is over.
 *
 * Settled: its machine gets the answer again. In an agent's hands: the machine's newest token is bound, and the
 * agent is asked how it goes. Inputs missing: parked. Otherwise the attempt is recorded and then sent, in that order,
 * so that a crash in between is noticed (a row without an agent's task) instead of repeated blindly.
 */
export async function dispatchTask(runtime: Runtime, message: TaskMessage): Promise<void> {
  const { tenant, execution: id, run, plan } = message.run;
  const execution = await runtime.execution(tenant, id);
  if (isFinished(execution.status) || run < execution.run) return;
  const view = await runtime.plan(tenant, plan);
  if (message.task === RUN_START) return startGraph(runtime, view, message);
  if (message.task === RUN_END) return endGraph(runtime, view, message);
  const task = view.tasks.get(message.task);
  if (task === undefined) return rejectUnknown(runtime, message);
  const candidate = { message, execution, view, task };
  const missing = await firstMissingInput(runtime, candidate);
  if (missing === "never") return;
  if (missing === undefined) return startTask(runtime, candidate);
  return parkCandidate(runtime, candidate, missing);
}

async function rejectUnknown(runtime: Runtime, { run, task, token }: TaskMessage): Promise<void> {
  runtime.logger.error("task is not in its plan", { tenant: run.tenant, execution: run.execution, task, plan: run.plan });
  const cause = JSON.stringify({ task, code: "UnknownTask", message: `plan ${run.plan} has no task '${task}'` });
  await runtime.tokens.fail(token, { error: TASK_FAILED, cause });
}

/** Index in `waitsFor` of the first input that has not settled; `never` when one ended the run: nobody starts after it. */
async function firstMissingInput(runtime: Runtime, candidate: Candidate): Promise<number | "never" | undefined> {
  const { message, task, view } = candidate;
  const { tenant, execution } = message.run;
  const seen = message.seen ?? 0;
  const refs = waitsFor(message.run, task).slice(seen).map((input) => ({ tenant, execution, task: input }));
  const inputs = await loadSettled(runtime, refs);
  for (const record of inputs.values()) {
    const input = view.tasks.get(record.task);
    if (input !== undefined && endsRun(input, record)) return "never";
  }
  const missing = refs.findIndex((ref) => !inputs.has(ref.task));
  return missing === -1 ? undefined : missing + seen;
}

async function parkCandidate(runtime: Runtime, candidate: Candidate, missing: number): Promise<void> {
  const { message, task, execution } = candidate;
  const { tenant, execution: id } = message.run;
  const input = waitsFor(message.run, task)[missing];
  if (input === undefined) return startTask(runtime, candidate);
  if (message.seen === undefined) {
    const at = isoNow(runtime);
    const record: TaskRecord = { task: task.id, state: "parked", attempt: 0, token: message.token, queuedAt: at };
    const facts = { task_id: task.id, attempt: 0, reason: "inputs" as const, waiting_for: input };
    const event = newEvent("task.parked", { id: `${task.id}.0.parked`, at, facts });
    await createTask(runtime.executions, execution, { record, events: [event] });
  }
  const parked = { on: input, message: { ...message, seen: missing } };
  await parkTask(runtime.executions, parked);
  const settledMeanwhile = await loadSettled(runtime, [{ tenant, execution: id, task: input }]);
  if (!settledMeanwhile.has(input)) return;
  await dispatchTask(runtime, { ...message, seen: missing });
  await unparkTask(runtime.executions, parked);
}

/** A first attempt, ready to be recorded and sent; nothing when no registered agent can do it. */
export async function prepareStart(runtime: Runtime, candidate: Candidate, given?: ReadonlyMap<string, TaskRecord>) {
  const agent = await findAgent(runtime, candidate, []);
  return agent === undefined ? undefined : prepare(runtime, candidate, { agent, previous: undefined, given });
}

async function startTask(runtime: Runtime, candidate: Candidate): Promise<void> {
  const { message, execution } = candidate;
  const known = message.seen === undefined ? undefined : await loadTask(runtime.executions, refOf(candidate));
  if (known !== undefined) return continueTask(runtime, candidate, known);
  const assigned = await prepareStart(runtime, candidate);
  const created = await createTask(runtime.executions, execution, assigned ?? unassigned(runtime, candidate));
  if (created === "stale") {
    const found = await loadTask(runtime.executions, refOf(candidate));
    return found === undefined ? undefined : continueTask(runtime, candidate, found);
  }
  return assigned === undefined ? lookForAgentLater(runtime, candidate) : sendAttempt(runtime, assigned.attempt, assigned);
}

/** The task's row exists: go on from where it stands. */
async function continueTask(runtime: Runtime, candidate: Candidate, record: TaskRecord): Promise<void> {
  const { message, execution } = candidate;
  const bound = { ...record, token: message.token };
  if (isSettled(record.state)) return concludeTask(runtime, attemptOf(candidate, bound), bound);
  if (record.state !== "queued" && record.state !== "parked") return rebind(runtime, candidate, record);
  const wait = record.notBefore === undefined ? 0 : (Date.parse(record.notBefore) - runtime.now().getTime()) / 1000;
  if (wait > 0) return runtime.mail.task(message, Math.min(Math.ceil(wait), AWS_QUOTAS.sqs.delaySeconds));
  const agent = await findAgent(runtime, candidate, record.triedAgents ?? []);
  if (agent === undefined) return lookForAgentLater(runtime, candidate);
  const assigned = await prepare(runtime, candidate, { agent, previous: record });
  const { events, record: set } = assigned;
  const from = [record.state] as const;
  const moved = await moveTask(runtime.executions, execution, { task: record.task, from, attempt: record.attempt, set, events });
  if (moved === "written") return sendAttempt(runtime, assigned.attempt, assigned);
}

/** An agent has it: the newest token is the one to answer, and the agent is asked how it goes. */
async function rebind(runtime: Runtime, candidate: Candidate, record: TaskRecord): Promise<void> {
  const { message, execution } = candidate;
  const { token, run } = message;
  if (token !== record.token) {
    const move = { task: record.task, from: [record.state], attempt: record.attempt, set: { token }, events: [] };
    if ((await moveTask(runtime.executions, execution, move)) === "stale") return runtime.mail.task(message, 1);
  }
  const dispatch = { tenant: run.tenant, execution: run.execution, task: record.task, attempt: record.attempt };
  await runtime.mail.watch({ dispatch, looks: 0 }, 0);
}

async function findAgent(runtime: Runtime, candidate: Candidate, tried: readonly string[]): Promise<Agent | undefined> {
  const { task, view, message } = candidate;
  const role = view.plan.agents[task.agent];
  if (role === undefined) return undefined;
  const agents = await runtime.agents(message.run.tenant);
  return chooseAgent(agents, demandOf(role, task, tried, Math.floor(runtime.random() * Number.MAX_SAFE_INTEGER)));
}

/** The row and event of a task that nobody can do now. */
function unassigned(runtime: Runtime, { message, task }: Candidate) {
  const at = isoNow(runtime);
  const facts = { task_id: task.id, attempt: 0, reason: "no_capable_agent" as const };
  const record: TaskRecord = { task: task.id, state: "queued", attempt: 0, token: message.token, queuedAt: at };
  return { record, events: [newEvent("task.parked", { id: `${task.id}.0.no_agent`, at, facts })] };
}

/** The machine's own deadline ends the wait. */
const lookForAgentLater = (runtime: Runtime, { message, task }: Candidate): Promise<void> =>
  runtime.mail.task({ ...message, seen: waitsFor(message.run, task).length }, LIMITS.noAgentRetrySeconds);

/** All that an attempt takes, made before it is recorded: after that nothing but the send may fail. */
async function prepare(runtime: Runtime, candidate: Candidate, to: Assignment) {
  const { secret, ...assigned } = assign(runtime, candidate, to);
  const attempt = attemptOf(candidate, assigned.record);
  const message = await composeMessage(runtime, attempt, { agent: to.agent, secret, given: to.given });
  return { ...assigned, attempt, agent: to.agent, message };
}

interface Assignment {
  readonly agent: Agent;
  /** The row as it stands, when there is one. */
  readonly previous: TaskRecord | undefined;
  /** Inputs that are about to settle in the same transaction. */
  readonly given?: ReadonlyMap<string, TaskRecord> | undefined;
}

/** The next attempt's row and event. */
function assign(runtime: Runtime, candidate: Candidate, to: Assignment) {
  const { message, task } = candidate;
  const at = isoNow(runtime);
  const attempt = (to.previous?.attempt ?? 0) + 1;
  const ref = { tenant: message.run.tenant, execution: message.run.execution, task: task.id, attempt };
  const secret = runtime.newSecret();
  const record = {
    queuedAt: at,
    ...to.previous,
    task: task.id,
    state: "dispatched",
    attempt,
    token: message.token,
    agentId: to.agent.agent_id,
    messageId: messageIdOf(ref),
    contextId: contextIdOf(ref),
    pushSecretHash: hashSecret(secret),
    dispatchedAt: at,
    deadlineAt: isoAfter(runtime, task.timeoutSeconds),
    notBefore: undefined,
  } satisfies { [K in keyof TaskRecord]: TaskRecord[K] | undefined };
  const facts = {
    task_id: task.id,
    attempt,
    agent_id: to.agent.agent_id,
    dependencies: task.dependsOn,
    estimated_duration_seconds: task.estimateSeconds,
  };
  const events = [newEvent("agent.task_assigned", { id: `${task.id}.${attempt}.assigned`, at, facts })];
  return { record, events, secret };
}

const attemptOf = ({ message, execution, view, task }: Candidate, record: TaskRecord): Attempt => ({
  run: message.run,
  head: execution,
  view,
  task,
  record,
});

const refOf = ({ message, task }: Candidate): TaskRef => ({
  tenant: message.run.tenant,
  execution: message.run.execution,
  task: task.id,
});
