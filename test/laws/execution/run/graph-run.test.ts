import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { continuing, dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { settleTask } from "../../../../functions/settle-task/settle-task.ts";
import { type Branch, Machine, type State } from "../../../../shared/workflow/compiler/asl.ts";
import { compilePlan } from "../../../../shared/workflow/compiler/compile-plan.ts";
import { isFinished } from "../../../../shared/execution/execution.ts";
import { startOf } from "../../../../shared/execution/run/start-run.ts";
import type { WorkflowDefinition } from "../../../../shared/workflow/definition/workflow-definition.ts";
import { planWorkflow } from "../../../../shared/workflow/plan/planner.ts";
import { type RunRef, TaskMessage } from "../../../../shared/execution/messages.ts";
import type { DispatchRef } from "../../../../shared/execution/task/dispatch-ref.ts";
import { MemoryRuntime, START } from "../../../fixtures/runtime/memory-runtime.ts";
import { eventsIn } from "../../../fixtures/runtime/memory-stream.ts";
import { acyclicGraphs } from "../../../fixtures/workflow/random-graphs.ts";
import { workflowOf } from "../../../fixtures/workflow/workflows.ts";

type Inputs = readonly (readonly number[])[];

/** How messages reach their functions. Draws decide which is next, whether it comes twice, who answers at once. */
interface Delivery {
  readonly draw: () => number;
  readonly repeats: boolean;
  /** Tasks, by place, whose condition is false. @default - none */
  readonly ruledOut?: ReadonlySet<number>;
}

/** Each graph is run twice and more. */
const drawnOf = new WeakMap<Inputs, WorkflowDefinition>();

function drawnFrom(inputs: Inputs): WorkflowDefinition {
  const drawn = drawnOf.get(inputs) ?? workflowOf(inputs);
  drawnOf.set(inputs, drawn);
  return drawn;
}

const Event = z.object({ type: z.string(), facts: z.object({ task_id: z.string(), status: z.string().optional() }) });

/** A run whose messages lie in one heap: tasks to be looked at, and agents that have something to tell. */
class Run {
  readonly runtime: MemoryRuntime;
  readonly #delivery: Delivery;
  readonly #told: DispatchRef[] = [];

  constructor(inputs: Inputs, delivery: Delivery) {
    this.#delivery = delivery;
    const drawn = drawnFrom(inputs);
    const tasks = drawn.tasks.map((task, index) => (delivery.ruledOut?.has(index) === true ? { ...task, when: "false" } : task));
    this.runtime = new MemoryRuntime(planWorkflow({ ...drawn, tasks }));
    this.runtime.onGet = () => ({ kind: "completed", output: 1 });
    this.runtime.onSend = ({ data }) => {
      if (delivery.draw() % 3 === 0) return { kind: "completed", output: 1 };
      const task = String(data["task"]);
      this.#told.push(this.runtime.dispatch(task));
      return { kind: "working", agentTaskId: `remote-${task}` };
    };
  }

  /** Delivers messages until none is left; `heard` is called after each. */
  async drain(heard: () => void = () => {}): Promise<void> {
    const { runtime } = this;
    for (let heap = this.#heap(); heap.length > 0; heap = this.#heap()) {
      const { draw, repeats } = this.#delivery;
      const deliver = heap[draw() % heap.length];
      await deliver?.(repeats && draw() % 4 === 0);
      heard();
    }
    expect(runtime.parked()).toEqual([]);
  }

  #heap(): readonly ((again: boolean) => Promise<void>)[] {
    const take = <Message>(list: Message[], message: Message, again: boolean): Message => {
      if (!again) list.splice(list.indexOf(message), 1);
      return message;
    };
    const { tasks } = this.runtime;
    return [
      ...tasks.map((entry) => (again: boolean) => this.#dispatch(take(tasks, entry, again).message)),
      ...this.#told.map((told) => async (again: boolean) => {
        const dispatch = take(this.#told, told, again);
        await settleTask(this.runtime, { dispatch, agentTaskId: `remote-${dispatch.task}` });
      }),
    ];
  }

  /** Sometimes there is time to go on in place, sometimes not. */
  #dispatch(message: TaskMessage): Promise<void> {
    return dispatchTask(continuing(this.runtime, START + (this.#delivery.draw() % 2) * 1000), message);
  }

  /** `a+` assigned and `a-` completed, in the order in which they were recorded. */
  trace(): string[] {
    return eventsIn(this.runtime.tables.changes).flatMap((told) => {
      const event = Event.safeParse(told);
      if (!event.success) return [];
      const { type, facts } = event.data;
      if (type === "agent.task_assigned") return [`${facts.task_id}+`];
      return type === "task.completed" ? [`${facts.task_id}- ${String(facts.status)}`] : [];
    });
  }
}

/** What the two runners must have in common: every task once, after all that it depends on. */
function expectLawful(inputs: Inputs, { runtime, trace }: { runtime: MemoryRuntime; trace: readonly string[] }): void {
  const ids = inputs.map((_, index) => `t${index}`);
  expect(trace.toSorted()).toEqual(ids.flatMap((id) => [`${id}+`, `${id}- success`]).toSorted());
  expect(runtime.sent.map(({ message }) => String(message.data["task"])).toSorted()).toEqual(ids.toSorted());
  for (const [index, needs] of inputs.entries()) {
    const assigned = trace.indexOf(`t${index}+`);
    for (const need of needs) expect(trace.indexOf(`t${need}- success`)).toBeLessThan(assigned);
  }
}

async function runGraph(inputs: Inputs, delivery: Delivery): Promise<{ run: Run; endedAfter: number | undefined }> {
  const run = new Run(inputs, delivery);
  const { runtime } = run;
  await runtime.submit({ runner: "graph" });
  const ref: RunRef = { ...runtime.message("t0").run, runner: "graph" };
  await runtime.mail.task(startOf(ref), 0);
  let endedAfter: number | undefined;
  await run.drain(() => {
    if (endedAfter === undefined && isFinished(runtime.head().status)) endedAfter = run.trace().length;
  });
  return { run, endedAfter };
}

/** Steps through the generated machine as Step Functions does: a state's token is answered once, whatever comes later. */
async function runMachine(inputs: Inputs, delivery: Delivery): Promise<{ run: Run; ends: number }> {
  const run = new Run(inputs, delivery);
  const { runtime } = run;
  await runtime.submit();
  const exits = new Map<string, () => void>();
  const enter = ({ StartAt, States }: Branch, done: () => void): void => {
    const step = (name: string): void => {
      const state = States[name];
      if (state === undefined) throw new RangeError(`no state "${name}"`);
      const { Next: next } = state;
      perform(state, next === undefined ? done : () => step(next));
    };
    step(StartAt);
  };
  const perform = ({ Branches: branches, Parameters: parameters }: State, exit: () => void): void => {
    let open = branches?.length ?? 0;
    for (const branch of branches ?? []) enter(branch, () => ((open -= 1) === 0 ? exit() : undefined));
    if (branches !== undefined) return;
    const { task } = TaskMessage.pick({ task: true }).parse(parameters?.["MessageBody"]);
    exits.set(`token-${task}`, exit);
    runtime.tasks.push({ message: runtime.message(task), delay: 0 });
  };
  let ends = 0;
  const { machines } = compilePlan(runtime.view.plan);
  expect(machines).toHaveLength(1);
  enter(Machine.parse(JSON.parse(machines[0]?.asl ?? "")), () => void (ends += 1));
  await run.drain(() => {
    for (const { token } of runtime.answers) {
      const exit = exits.get(token);
      exits.delete(token);
      exit?.();
    }
  });
  return { run, ends };
}

/** A graph, and the chances of two runs of it. */
const runs = fc.tuple(acyclicGraphs(9), fc.infiniteStream(fc.nat()), fc.infiniteStream(fc.nat()));

const drawOf = (stream: Iterator<number>) => (): number => Number(stream.next().value);

describe("the graph runner and the generated machine", () => {
  it.each([
    { how: "each message comes once", repeats: false },
    { how: "messages come again and again", repeats: true },
  ])("leave the same trace in whatever order messages come, when $how", async ({ repeats }) => {
    await fc.assert(
      fc.asyncProperty(runs, async ([inputs, chances, others]) => {
        const graph = await runGraph(inputs, { draw: drawOf(chances), repeats });
        const machine = await runMachine(inputs, { draw: drawOf(others), repeats });
        for (const { run } of [graph, machine]) expectLawful(inputs, { runtime: run.runtime, trace: run.trace() });
        expect(graph.run.trace().toSorted()).toEqual(machine.run.trace().toSorted());
        expect(machine.ends).toBe(1);
      }),
      { numRuns: 40 },
    );
  });

  it("skip the same tasks, and run all others once", async () => {
    await fc.assert(
      fc.asyncProperty(runs, fc.array(fc.nat(8)), async ([inputs, chances, others], places) => {
        const ruledOut = new Set(places);
        const graph = await runGraph(inputs, { draw: drawOf(chances), repeats: true, ruledOut });
        const machine = await runMachine(inputs, { draw: drawOf(others), repeats: true, ruledOut });
        const skipped = new Set<number>();
        for (const [index, needs] of inputs.entries()) {
          if (ruledOut.has(index) || (needs.length > 0 && needs.every((need) => skipped.has(need)))) skipped.add(index);
        }
        const trace = inputs.flatMap((_, index) => (skipped.has(index) ? [`t${index}- skipped`] : [`t${index}+`, `t${index}- success`]));
        expect(graph.run.trace().toSorted()).toEqual(trace.toSorted());
        expect(machine.run.trace().toSorted()).toEqual(trace.toSorted());
        expect(machine.ends).toBe(1);
      }),
      { numRuns: 40 },
    );
  });

  it("end a graph run when its last task has ended, and once", async () => {
    await fc.assert(
      fc.asyncProperty(runs, fc.boolean(), async ([inputs, chances], repeats) => {
        const { run, endedAfter } = await runGraph(inputs, { draw: drawOf(chances), repeats });
        expect(endedAfter).toBe(inputs.length * 2);
        const told = run.runtime.told("workflow.status_changed").filter(([, { new_status }]) => new_status === "completed");
        expect(told).toHaveLength(1);
      }),
      { numRuns: 40 },
    );
  });
});
