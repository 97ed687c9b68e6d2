import type { Plan } from "../plan/plan.ts";
import { type Branch, Machine, placeholderKey, type State } from "./asl.ts";
import type { CompiledWorkflow } from "./compile-plan.ts";
import { TimeQueue } from "./time-queue.ts";

/** What happened when every task took its time and workers were never short. Seconds from the start of the run. */
export interface Simulation {
  readonly makespan: number;
  /** Start and end by task id, in order of start; a task that ran twice stands here twice. */
  readonly spans: readonly { readonly task: string; readonly start: number; readonly end: number }[];
  /** Tasks that reached the dispatcher before their inputs were settled. */
  readonly parked: number;
  /** Tasks that still wait although nothing runs any more: a deadlock. */
  readonly stuck: readonly string[];
  /** Whether the main machine reached its end. */
  readonly finished: boolean;
}

type Continue = () => void;

/**
 * Runs compiled machines on paper: interprets their states, nested machines and the waits that the plan leaves to the
 * dispatcher. Costs O(tasks × log tasks + waits).
 */
export function simulate(compiled: CompiledWorkflow, plan: Plan, secondsOf: (task: string) => number): Simulation {
  const machines = new Map(compiled.machines.map(({ key, asl }) => [key, Machine.parse(JSON.parse(asl))]));
  const dispatcher = new Dispatcher(plan, secondsOf);
  let finished = false;
  enter(branchOf(machines, "main"), { machines, dispatcher }, () => {
    finished = true;
  });
  dispatcher.drain();
  return { ...dispatcher.outcome(), finished };
}

interface World {
  readonly machines: ReadonlyMap<string, Machine>;
  readonly dispatcher: Dispatcher;
}

function branchOf(machines: ReadonlyMap<string, Machine>, key: string): Branch {
  const machine = machines.get(key);
  if (machine === undefined) throw new RangeError(`no machine ${key}`);
  return machine;
}

function enter(branch: Branch, world: World, done: Continue): void {
  enterState(branch, branch.StartAt, world, done);
}

function enterState(branch: Branch, name: string, world: World, done: Continue): void {
  const state = branch.States[name];
  if (state === undefined) throw new RangeError(`no state "${name}"`);
  const { Next: next } = state;
  runState(state, world, next === undefined ? done : () => enterState(branch, next, world, done));
}

function runState(state: State, world: World, exit: Continue): void {
  if (state.Type === "Parallel") {
    const branches = state.Branches ?? [];
    let open = branches.length;
    for (const inner of branches) enter(inner, world, () => (--open === 0 ? exit() : undefined));
    return;
  }
  const nested = placeholderKey(state.Parameters?.["StateMachineArn"]);
  if (nested !== undefined) enter(branchOf(world.machines, nested), world, exit);
  else world.dispatcher.send(taskOf(state), exit);
}

function taskOf(state: State): string {
  const body = state.Parameters?.["MessageBody"];
  if (typeof body !== "object" || body === null || !("task" in body) || typeof body.task !== "string") {
    throw new TypeError("a task state names no task");
  }
  return body.task;
}

/** The queue, the parking lot and unlimited agents. */
class Dispatcher {
  readonly #after: ReadonlyMap<string, readonly string[]>;
  readonly #secondsOf: (task: string) => number;
  readonly #events = new TimeQueue<{ task: string; exit: Continue }>();
  readonly #settled = new Set<string>();
  readonly #waiting = new Map<string, { missing: number; exit: Continue }>();
  readonly #releases: ReadonlyMap<string, readonly string[]>;
  readonly #spans: { task: string; start: number; end: number }[] = [];
  #now = 0;
  #parked = 0;

  constructor(plan: Plan, secondsOf: (task: string) => number) {
    this.#after = new Map(plan.tasks.map(({ id, after }) => [id, after]));
    this.#releases = new Map(plan.tasks.map(({ id, releases }) => [id, releases]));
    this.#secondsOf = secondsOf;
  }

  send(task: string, exit: Continue): void {
    const missing = (this.#after.get(task) ?? []).filter((input) => !this.#settled.has(input)).length;
    if (missing === 0) this.#start(task, exit);
    else {
      this.#parked++;
      this.#waiting.set(task, { missing, exit });
    }
  }

  drain(): void {
    for (let next = this.#events.take(); next !== undefined; next = this.#events.take()) {
      this.#now = next.time;
      this.#settle(next.item.task);
      next.item.exit();
    }
  }

  outcome(): Omit<Simulation, "finished"> {
    return { makespan: this.#now, spans: this.#spans, parked: this.#parked, stuck: [...this.#waiting.keys()] };
  }

  #start(task: string, exit: Continue): void {
    const end = this.#now + this.#secondsOf(task);
    this.#spans.push({ task, start: this.#now, end });
    this.#events.add(end, { task, exit });
  }

  #settle(task: string): void {
    this.#settled.add(task);
    for (const dependent of this.#releases.get(task) ?? []) {
      const waiting = this.#waiting.get(dependent);
      if (waiting === undefined || --waiting.missing > 0) continue;
      this.#waiting.delete(dependent);
      this.#start(dependent, waiting.exit);
    }
  }
}
