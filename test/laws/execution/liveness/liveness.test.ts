import { array, assert, asyncProperty, boolean, nat } from "fast-check";
import { describe, expect, it } from "vitest";
import { settleTask } from "../../../../functions/settle-task/settle-task.ts";
import { watchTask } from "../../../../functions/watch-task/watch-task.ts";
import { continuing, dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { isFinished } from "../../../../shared/execution/execution.ts";
import type { RunRef } from "../../../../shared/execution/messages.ts";
import { startOf } from "../../../../shared/execution/run/start-run.ts";
import { reviveRun } from "../../../../shared/execution/run/revive-run.ts";
import { moveHeadElsewhere } from "../../../fixtures/runtime/meanwhile.ts";
import { controlOf } from "../../../fixtures/runtime/memory-control.ts";
import { MemoryRuntime, planOf, task } from "../../../fixtures/runtime/memory-runtime.ts";

const MINUTE = 60_000;

/** A graph run whose messages can all be lost at once, and which only the sweep brings on then. */
class Run {
  readonly runtime: MemoryRuntime;
  readonly #ref: RunRef;
  readonly #calls: Map<string, number>;

  private constructor(runtime: MemoryRuntime, calls: Map<string, number>) {
    this.runtime = runtime;
    this.#calls = calls;
    this.#ref = { ...runtime.message("t0").run, runner: "graph" };
  }

  /** Agents answer at once where `direct` says so, and otherwise when they are asked. */
  static async of(needs: readonly (readonly number[])[], direct: readonly boolean[]): Promise<Run> {
    const tasks = needs.map((inputs, index) => task(`t${index}`, inputs.map((input) => `t${input}`), { timeout: 86_400 }));
    const runtime = new MemoryRuntime(planOf(tasks));
    const calls = new Map<string, number>();
    const heard = new Set<string>();
    runtime.onSend = ({ data, messageId }) => {
      const name = String(data["task"]);
      // An agent knows the message of a send that was not heard out, and does its work once.
      if (!heard.has(messageId)) calls.set(name, (calls.get(name) ?? 0) + 1);
      heard.add(messageId);
      const index = Number(name.slice(1));
      return direct[index % direct.length] === true ? { kind: "completed", output: index } : { kind: "working", agentTaskId: name };
    };
    runtime.onGet = () => ({ kind: "completed", output: 1 });
    const run = new Run(runtime, calls);
    await runtime.submit({ runner: "graph" });
    return run;
  }

  start(): Promise<void> {
    return dispatchTask(continuing(this.runtime), startOf(this.#ref));
  }

  /** Hands over the next message of some kind; `false`: there is none. */
  async step(draw: number): Promise<boolean> {
    const { runtime } = this;
    const { tasks, watches, settles } = runtime;
    const pick = draw % (tasks.length + watches.length + settles.length || 1);
    const message = tasks[pick];
    if (message !== undefined) {
      tasks.splice(pick, 1);
      await dispatchTask(continuing(runtime, runtime.time + (draw % 2) * 1000), message.message);
      return true;
    }
    const watch = watches[pick - tasks.length];
    if (watch !== undefined) {
      watches.splice(pick - tasks.length, 1);
      await watchTask(runtime, watch.message);
      return true;
    }
    const settle = settles.shift();
    if (settle !== undefined) await settleTask(runtime, settle);
    return settle !== undefined;
  }

  /** The worker dies at its so many-th call of a table or a queue, and with it every message. */
  async dieAt(calls: number): Promise<void> {
    const { runtime } = this;
    let left = calls;
    const die = (): void => {
      left -= 1;
      if (left < 0) throw new Error("the worker was killed");
    };
    const { mail } = runtime;
    const mails = { ...mail };
    runtime.tables.onSend = die;
    const dying = { task: async (...args: Parameters<typeof mail.task>) => (die(), mails.task(...args)) };
    Object.assign(mail, dying);
    try {
      for (let steps = 0; steps < 30; steps += 1) await this.step(steps);
    } catch {
      // It is dead.
    }
    runtime.tables.onSend = () => {};
    Object.assign(mail, mails);
    this.lose();
  }

  lose(): void {
    for (const list of [this.runtime.tasks, this.runtime.watches, this.runtime.settles]) list.length = 0;
  }

  /** A sweep a minute, and nothing but what it sends, until the run is completed. */
  async sweepOn(): Promise<void> {
    const deps = { ...controlOf(this.runtime).deps, depth: async () => 0 };
    for (let sweeps = 0; sweeps < 60 && !isFinished(this.runtime.head().status); sweeps += 1) {
      this.runtime.time += 2 * MINUTE;
      await reviveRun(deps, this.runtime.head());
      while (await this.step(0));
    }
  }

  /** How often each task was sent. */
  get calls(): ReadonlyMap<string, number> {
    return this.#calls;
  }
}

const graph = array(array(nat(30), { maxLength: 3 }), { minLength: 1, maxLength: 9 }).map((draws) =>
  draws.map((inputs, index) => (index === 0 ? [] : [...new Set(inputs.map((input) => input % index))])),
);

describe("a run that has begun", () => {
  it("ends from every set of rows it can reach, with all messages lost, and calls no agent again that has answered", async () => {
    await assert(
      asyncProperty(
        graph,
        array(boolean(), { minLength: 1, maxLength: 4 }),
        array(nat(1000), { maxLength: 12 }),
        nat(40),
        async (needs, direct, draws, calls) => {
          const run = await Run.of(needs, direct);
          await run.start();
          for (const draw of draws) await run.step(draw);
          await run.dieAt(calls);
          await run.sweepOn();
          expect(run.runtime.head().status).toBe("completed");
          expect([...run.calls].filter(([, count]) => count > 1)).toEqual([]);
        },
      ),
      { numRuns: 80 },
    );
  });

  it("is left alone while it moves, while its queue is long, and when it waits for a person", async () => {
    const run = await Run.of([[]], [false]);
    await run.start();
    run.lose();
    const { runtime } = run;
    const deps = { ...controlOf(runtime).deps, depth: async () => 0 };
    expect(await reviveRun(deps, runtime.head())).toBe(0);
    runtime.time += 20 * MINUTE;
    expect(await reviveRun({ ...deps, depth: async () => 101 }, runtime.head())).toBe(0);
    expect(await reviveRun(deps, runtime.head())).toBe(1);
    runtime.onGet = () => ({ kind: "input_required", agentTaskId: "t0", question: "which?" });
    runtime.time -= 20 * MINUTE;
    while (await run.step(0)) if (runtime.record("t0")?.state === "input_required") run.lose();
    runtime.time += 10 * MINUTE;
    expect(await reviveRun(deps, runtime.head())).toBe(0);
  });

  it("is left alone when it is not running, however long ago it moved", async () => {
    const run = await Run.of([[]], [false]);
    await run.start();
    run.lose();
    run.runtime.time += 20 * MINUTE;
    const deps = { ...controlOf(run.runtime).deps, depth: async () => 0 };
    for (const status of ["submitted", "paused", "completed"] as const) {
      moveHeadElsewhere(run.runtime, { status });
      expect(await reviveRun(deps, run.runtime.head())).toBe(0);
    }
  });

  it("starts again from the rows, without a next run, when its first message was lost", async () => {
    const run = await Run.of([[], [0]], [true]);
    await run.sweepOn();
    expect(run.runtime.head()).toMatchObject({ status: "completed", run: 1 });
  });

  it("starts a next run when no row knows the token that a machine waits on", async () => {
    const runtime = new MemoryRuntime(planOf([task("a"), task("b", ["a"])]));
    await runtime.submit();
    runtime.time += 10 * MINUTE;
    const deps = { ...controlOf(runtime).deps, depth: async () => 0 };
    expect(await reviveRun(deps, runtime.head())).toBe(1);
    expect(runtime.head()).toMatchObject({ status: "submitted", run: 2 });
  });
});
