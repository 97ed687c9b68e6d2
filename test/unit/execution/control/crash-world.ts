import { reconcileExecutions } from "../../../../functions/reconcile-executions/reconcile-executions.ts";
import { sortKeys } from "../../../../shared/core/canonical-json.ts";
import type { ControlDeps } from "../../../../shared/execution/control/control-deps.ts";
import { eventsIn } from "../../../fixtures/runtime/memory-stream.ts";
import { controlOf, type MemoryControl } from "../../../fixtures/runtime/memory-control.ts";
import type { MemoryRuntime } from "../../../fixtures/runtime/memory-runtime.ts";

/** The process died here. */
export class Cut extends Error {}

/** When a call is cut off: nothing of it happened, or all of it did and nobody heard. */
export type CutMode = "before" | "after";

/** A runtime whose steering can be cut off at any of its calls to the outside. */
export class CrashWorld {
  readonly control: MemoryControl;
  readonly #runtime: MemoryRuntime;
  /** Changes that were made before: they are the same in every world. */
  readonly #staged: number;
  #calls = 0;
  #cutAt = Infinity;
  #mode: CutMode = "before";

  constructor(runtime: MemoryRuntime) {
    this.#runtime = runtime;
    this.#staged = runtime.tables.changes.length;
    this.control = controlOf(runtime);
    runtime.tables.onSend = () => this.#pass("before");
    runtime.tables.onSent = () => this.#pass("after");
  }

  /** Steering whose calls to queues, machines, agents and the bucket can be cut off as well. */
  get deps(): ControlDeps {
    const { deps } = this.control;
    return {
      ...deps,
      mail: {
        task: (message, delay) => this.#guard(() => deps.mail.task(message, delay)),
        tasks: (messages) => this.#guard(() => deps.mail.tasks(messages)),
        watch: (message, delay) => this.#guard(() => deps.mail.watch(message, delay)),
        watchExecution: (message, delay) => this.#guard(() => deps.mail.watchExecution(message, delay)),
        settle: (message) => this.#guard(() => deps.mail.settle(message)),
      },
      calls: { cancel: (agent, id) => this.#guard(() => deps.calls.cancel(agent, id)) },
      handOver: (execution) => this.#guard(() => deps.handOver(execution)),
      sfn: Object.assign(Object.create(deps.sfn), {
        send: (command: Parameters<typeof deps.sfn.send>[0]) => this.#guard(async () => deps.sfn.send(command)),
      }),
    };
  }

  /** Runs `act` and cuts it off at its call number `cutAt`. @returns whether it was cut off. */
  async cut(act: (deps: ControlDeps) => Promise<unknown>, cutAt: number, mode: CutMode): Promise<boolean> {
    this.#calls = 0;
    this.#cutAt = cutAt;
    this.#mode = mode;
    try {
      await act(this.deps);
      return false;
    } catch (error) {
      if (!(error instanceof Cut)) throw error;
      return true;
    } finally {
      this.#cutAt = Infinity;
    }
  }

  /** The sweep, ten minutes later. */
  sweep(): ReturnType<typeof reconcileExecutions> {
    const now = () => new Date(this.#runtime.time + 600_000);
    return reconcileExecutions({ ...this.control.deps, now, report: async () => {} });
  }

  /** Rows without times and the names made of them, machines, and what was told how often. */
  state(): object {
    const rows = [...this.#runtime.tables.rows.values()];
    // The sweep drops the counters of empty queues. What rows tell is compared as events.
    const others = rows.filter(({ sk, waiting }) => !/^(EVT|TOLD)#/.test(String(sk)) && waiting !== 0);
    const told = eventsIn(this.#runtime.tables.changes.slice(this.#staged)).map(({ type, facts }) =>
      timeless(`${type} ${JSON.stringify(facts)}`).replace(/"duration_seconds":-?\d+/, ""),
    );
    return {
      rows: others.map((row) => timeless(JSON.stringify(sortKeys({ ...row, told: undefined })))).sort(),
      told: told.sort(),
      machines: Object.fromEntries(this.control.machines),
      queued: [...new Set(this.#runtime.tasks.map(({ message }) => `${message.task} r${message.run.run}`))].sort(),
      handedOver: [...new Set(this.control.handedOver.map(({ executionId, run }) => `${executionId} r${run}`))],
      recalled: [...new Set(this.#runtime.cancelled)].sort(),
    };
  }

  async #guard<Reply>(call: () => Promise<Reply>): Promise<Reply> {
    this.#pass("before");
    const reply = await call();
    this.#pass("after");
    return reply;
  }

  #pass(mode: CutMode): void {
    if (mode !== this.#mode) return;
    this.#calls += 1;
    // Whoever died makes no call after it either.
    if (this.#calls >= this.#cutAt) throw new Cut(`call ${this.#calls}`);
  }
}

const timeless = (text: string): string => text.replaceAll(/\d{4}-?\d\d-?\d\dT\d\d:?\d\d:?\d\d\.?\d{3}Z/g, "T");
