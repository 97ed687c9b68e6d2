import { setImmediate } from "node:timers/promises";
import { awaitAgent } from "../../../../functions/await-agent/await-agent.ts";
import { settleTask } from "../../../../functions/settle-task/settle-task.ts";
import { watchTask } from "../../../../functions/watch-task/watch-task.ts";
import type { AttemptMessage, AttemptOutcome, FoundAttempt } from "../../../../shared/agents/calls/agent-calls.ts";
import { boostPriority } from "../../../../shared/execution/control/control-execution.ts";
import { continuing, dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import type { RunRef, SettleMessage } from "../../../../shared/execution/messages.ts";
import { type Execution, isFinished } from "../../../../shared/execution/execution.ts";
import { ExecutionId } from "../../../../shared/core/ids.ts";
import { childIdOf } from "../../../../shared/execution/run/child-execution.ts";
import { finishExecution, propagateEnd } from "../../../../shared/execution/run/finish-execution.ts";
import { startOf } from "../../../../shared/execution/run/start-run.ts";
import { reviveRun } from "../../../../shared/execution/run/revive-run.ts";
import { executionPartition } from "../../../../shared/execution/store/keys.ts";
import type { Plan } from "../../../../shared/workflow/plan/plan.ts";
import type { ChildRequest, Mail } from "../../../../shared/execution/runtime/runtime.ts";
import { loadExecution, saveSubmission } from "../../../../shared/execution/store/execution-store.ts";
import { controlOf } from "../../../fixtures/runtime/memory-control.ts";
import { headRow } from "../../../fixtures/runtime/head-rows.ts";
import { EXECUTION, MemoryRuntime, planOf, START, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";

/** A worker died here; the message that it had comes again. */
class Killed extends Error {}

/** How long an agent works, and how soon a message comes again whose worker died. */
const WORK_MS = 700;
const AGAIN_MS = 1000;
/** What has not ended by then never does. */
const MOST_MS = 3_600_000;
const SWEEP_MS = 120_000;

interface Entry {
  at: number;
  deliver: () => Promise<void>;
}

/** An agent's task as the agent knows it. */
interface Work {
  readonly task: string;
  readonly isDoneAt: number;
  readonly fails: boolean;
}

/** How agents of a world behave. */
export interface Manner {
  /** Whether the agent of a task answers at once; otherwise it takes the task and pushes when it is done. */
  readonly isDirect: (task: string) => boolean;
  /** Whether an attempt fails, so that another is due. */
  readonly fails: (task: string, attempt: number) => boolean;
  /** Whether workers go on with a graph run in place. */
  readonly isInPlace: boolean;
  /** Whether every message comes twice. */
  readonly isTwice: boolean;
}

/** Plans of tasks that crash again and again; no run changes its plan. */
const plans = new WeakMap<readonly object[], Plan>();

function planFor(tasks: readonly object[]): Plan {
  const plan = plans.get(tasks) ?? planOf(tasks);
  plans.set(tasks, plan);
  return plan;
}

/**
 * A graph run over queues that lose nothing and deliver at least once, on a clock of its own. Workers die at their so
 * many-th call of a table, a queue or an agent: before the call, or, of an agent, after it was heard.
 */
export class CrashWorld {
  readonly runtime: MemoryRuntime;
  readonly #manner: Manner;
  readonly #run: RunRef;
  readonly #queue: Entry[] = [];
  readonly #control;
  readonly #works = new Map<string, Work>();
  /** Calls that each life still to come lasts. */
  readonly #lives: number[];
  #left: number;
  #losesAll = false;
  /** Of the last worker that died. */
  diedAt = START;
  deaths = 0;
  /** Messages that agents took, by task: one each, as agents know a message that comes again. */
  readonly taken = new Map<string, Set<string>>();
  /** The most instances of a group that agents had at once. */
  readonly most = new Map<string, number>();
  /** Executions that run as tasks and whose machine was started. */
  readonly children = new Set<string>();

  private constructor(tasks: readonly object[], manner: Manner, lives: readonly number[]) {
    this.runtime = new MemoryRuntime(planFor(tasks));
    this.runtime.pushBaseUrl = "https://push.test";
    this.runtime.registry = this.runtime.registry.map((agent) => ({ ...agent, supports_push: true }));
    this.#manner = manner;
    this.#lives = [...lives];
    this.#left = this.#lives.shift() ?? Infinity;
    this.#run = { ...this.runtime.message("any").run, runner: "graph" };
    this.runtime.tables.onSend = () => this.#step();
    const mail: Mail = {
      task: async (message, delay) => this.#send(() => dispatchTask(this.#worker(), message), delay),
      tasks: async (messages) => messages.forEach((message) => this.#send(() => dispatchTask(this.#worker(), message), 0)),
      watch: async (message, delay) => this.#send(() => watchTask(this.#worker(), message), delay),
      watchExecution: async () => this.#step(),
      settle: async (message) => this.#send(() => settleTask(this.#worker(), message), 0),
      unawaited: async () => 0,
      awaitAnswer: async (message) => this.#send(() => awaitAgent(this.#worker(), message), 0),
    };
    Object.assign(this.runtime.mail, mail);
    this.#control = controlOf(this.runtime);
    Object.assign(this.runtime, { startChild: (wish: ChildRequest) => this.#startChild(wish) });
    Object.assign(this.runtime.calls, {
      send: async (_: unknown, message: AttemptMessage) => this.#take(message),
      get: async (_: unknown, id: string) => this.#look(id),
      find: async (_: unknown, { messageId }: { messageId: string }) => this.#look(messageId),
    });
  }

  static async of(tasks: readonly object[], manner: Manner, lives: readonly number[]): Promise<CrashWorld> {
    const world = new CrashWorld(tasks, manner, []);
    await world.runtime.submit({ runner: "graph" });
    world.#lives.push(...lives);
    world.#left = world.#lives.shift() ?? Infinity;
    world.#start();
    return world;
  }

  /** Has a person boost the execution at some time, whose next run takes over what the first had in hand. */
  boostAt(at: number): void {
    const steering = { tenant: TENANT, execution: EXECUTION, by: "ann", reason: undefined };
    this.#queue.push({ at, deliver: async () => void (await boostPriority(this.#control.deps, steering, "critical")) });
  }

  /** What has a run begin. */
  #start(): void {
    this.#queue.push({ at: this.runtime.time, deliver: () => dispatchTask(this.#worker(), startOf(this.#run)) });
  }

  /** Read off the row as it is: it is asked before every message. */
  get isCompleted(): boolean {
    return this.runtime.tables.row(executionPartition(TENANT, EXECUTION), "META")?.["status"] === "completed";
  }

  /** Delivers what comes, when it comes, until it is completed, nothing is left, or an hour is over. */
  async run(until = START + MOST_MS): Promise<void> {
    const { runtime } = this;
    while (!this.isCompleted && this.#queue.length > 0 && runtime.time < until) {
      this.#queue.sort((a, b) => a.at - b.at);
      const [entry] = this.#queue.splice(0, 1);
      if (entry === undefined) return;
      runtime.time = Math.max(runtime.time, entry.at);
      try {
        await entry.deliver();
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
        await this.#bury(entry);
      }
    }
  }

  /** As `run`, but with the first death all messages are lost, and a sweep every two minutes has to bring it on. */
  async runOnSweeps(): Promise<void> {
    const { runtime } = this;
    const deps = { ...this.#control.deps, depth: async () => 0 };
    this.#losesAll = true;
    await this.run();
    for (let sweeps = 0; sweeps < 60 && !this.isCompleted; sweeps += 1) {
      runtime.time += SWEEP_MS;
      await reviveRun(deps, runtime.head());
      await this.run(runtime.time + SWEEP_MS);
    }
  }

  /** What else the worker had begun dies with it. */
  async #bury(entry: Entry): Promise<void> {
    for (let turns = 0; turns < 5; turns += 1) await setImmediate();
    this.diedAt = this.runtime.time;
    this.deaths += 1;
    this.#left = this.#lives.shift() ?? Infinity;
    if (this.#losesAll) this.#queue.length = 0;
    else this.#queue.push({ ...entry, at: this.runtime.time + AGAIN_MS });
  }

  #worker() {
    return this.#manner.isInPlace ? continuing(this.runtime) : continuing(this.runtime, 0);
  }

  #step(): void {
    this.#left -= 1;
    if (this.#left < 0) throw new Killed();
  }

  #send(deliver: () => Promise<void>, delaySeconds: number): void {
    this.#step();
    const at = this.runtime.time + delaySeconds * 1000;
    this.#queue.push({ at, deliver });
    if (this.#manner.isTwice) this.#queue.push({ at: at + AGAIN_MS, deliver });
  }

  /** Puts a child on record, then starts its machine: once, whoever asks. */
  async #startChild({ parent, task, attempt }: ChildRequest): Promise<Execution> {
    const { executionId: execution, tenant } = parent;
    const id = ExecutionId.parse(childIdOf({ tenant, execution, task, attempt }));
    const child = headRow({ ...parent, status: "submitted", executionId: id, parent: { execution, task, attempt } });
    await saveSubmission(this.runtime.executions, child);
    this.#step();
    if (this.children.has(id)) return child;
    this.children.add(id);
    this.#queue.push({ at: this.runtime.time + WORK_MS, deliver: () => this.#endChild(id) });
    return child;
  }

  async #endChild(id: string): Promise<void> {
    const child = await loadExecution(this.runtime.executions, TENANT, id);
    await (isFinished(child.status) ? propagateEnd(this.runtime, child) : finishExecution(this.runtime, child, { to: "completed" }));
  }

  #take({ messageId, data }: AttemptMessage): AttemptOutcome {
    this.#step();
    const name = String(data["task"]);
    const attempt = this.runtime.record(name)?.attempt ?? 0;
    if (!this.#works.has(messageId)) this.#begin(messageId, { task: name, attempt });
    this.#step();
    if (this.#manner.isDirect(name)) return this.#endOf(messageId);
    return { kind: "working", agentTaskId: messageId };
  }

  #begin(id: string, { task, attempt }: { task: string; attempt: number }): void {
    const { time } = this.runtime;
    const isDirect = this.#manner.isDirect(task);
    const isDoneAt = time + (isDirect ? 0 : WORK_MS);
    this.#works.set(id, { task, isDoneAt, fails: this.#manner.fails(task, attempt) });
    this.taken.set(task, (this.taken.get(task) ?? new Set()).add(id));
    const [group = ""] = task.split("[");
    const busy = [...this.#works.values()].filter((work) => work.task.startsWith(`${group}[`) && work.isDoneAt > time);
    this.most.set(group, Math.max(this.most.get(group) ?? 0, busy.length));
    if (isDirect) return;
    const message: SettleMessage = { dispatch: { tenant: TENANT, execution: EXECUTION, task, attempt }, agentTaskId: id };
    this.#queue.push({ at: isDoneAt, deliver: () => settleTask(this.#worker(), message) });
  }

  #look(id: string): FoundAttempt {
    this.#step();
    const work = this.#works.get(id);
    if (work === undefined) return { kind: "not_found" };
    return work.isDoneAt <= this.runtime.time ? this.#endOf(id) : { kind: "working", agentTaskId: id };
  }

  #endOf(id: string): Extract<AttemptOutcome, { kind: "completed" | "failed" }> {
    return this.#works.get(id)?.fails === true
      ? { kind: "failed", failure: { code: "AgentFailed", message: "try again" }, retryable: true }
      : { kind: "completed", output: 1 };
  }
}
