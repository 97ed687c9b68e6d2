import { CorruptPlanError, UncompilablePlanError } from "../plan/errors.ts";
import { AWS_QUOTAS } from "../../core/limits.ts";
import { HISTORY_EVENTS, WORKFLOW_LIMITS } from "../limits.ts";
import type { Plan } from "../plan/plan.ts";
import { parseFlow } from "../plan/flow.ts";
import { type MachineBudget, Partitioner, type Placed } from "./partition.ts";
import { closeParallel, type Exit, nestedState, openParallel, openStates, taskState } from "./states.ts";
import { present } from "../../core/present.ts";

/** One state machine of a workflow, ready for `CreateStateMachine` once its placeholders are filled. */
export interface CompiledMachine {
  /** `main`, or `p1`, `p2` … for parts that run as nested executions. */
  readonly key: string;
  /** Amazon States Language. Nested machines stand as `${Machine_p1}`. */
  readonly asl: string;
  readonly bytes: number;
  /** History events of one run without retries, nested executions excluded. */
  readonly eventEstimate: number;
  readonly taskCount: number;
  /** Keys of the machines that this one starts. */
  readonly nested: readonly string[];
}

/** A workflow as state machines: parts first, each after the parts it starts, `main` last. */
export interface CompiledWorkflow {
  readonly planHash: string;
  readonly name: string;
  readonly version: string;
  readonly machines: readonly CompiledMachine[];
}

/** Tighter limits than `LIMITS` sets, for tests and for accounts with other habits. */
export interface CompileOptions {
  /** @default `WORKFLOW_LIMITS.machineBytes`, `WORKFLOW_LIMITS.machineEvents` */
  readonly budget?: MachineBudget;
}

/**
 * Turns a plan into state machines in which every task starts the moment its own inputs are settled: the skeleton
 * orders what it can, the dispatcher holds back a task with `after`. Parallel states join only what the graph joins.
 * Equal plans give equal bytes.
 *
 * Execution input: `{tenant, execution, run, plan, queue}`. Each task sends `{run: <that input>, task, token}`.
 *
 * @throws {CorruptPlanError} the plan's flow does not name each of its tasks once.
 * @throws {UncompilablePlanError} one machine passes the definition quota whatever is split off.
 */
export function compilePlan(plan: Plan, options: CompileOptions = {}): CompiledWorkflow {
  const ids = plan.tasks.map(({ id }) => id);
  const budget = options.budget ?? { bytes: WORKFLOW_LIMITS.machineBytes, events: WORKFLOW_LIMITS.machineEvents };
  const { main, nested } = new Partitioner(ids, budget).partition(parseFlow(plan.flow));
  const machines = [...nested, { key: "main", flow: main }].map(({ key, flow }) =>
    new MachineWriter(plan, ids).write(key, flow),
  );
  const placed = machines.reduce((sum, { taskCount }) => sum + taskCount, 0);
  if (placed !== ids.length) throw new CorruptPlanError(`its flow places ${placed} of ${ids.length} tasks`);
  return { planHash: plan.planHash, name: plan.name, version: plan.version, machines };
}

/** Writes one machine. State names are unique in a machine: task ids have no spaces, all other names have one. */
class MachineWriter {
  readonly #plan: Plan;
  readonly #ids: readonly string[];
  readonly #nested: string[] = [];
  /** Pieces of the text, joined once: branches nest, and joining on each level would copy them as often. */
  readonly #text: string[] = [];
  #forks = 0;
  #taskCount = 0;

  constructor(plan: Plan, ids: readonly string[]) {
    this.#plan = plan;
    this.#ids = ids;
  }

  write(key: string, flow: Placed): CompiledMachine {
    const { name, version, executionTimeoutSeconds } = this.#plan;
    const part = key === "main" ? "" : `, part ${key}`;
    this.#branch(flow, "end-of-machine");
    // The outer net behind our own deadlines, so it must leave room for pauses.
    const timeoutSeconds = executionTimeoutSeconds + WORKFLOW_LIMITS.pauseAllowanceSeconds;
    const comment = JSON.stringify(`${name} ${version}${part}`);
    const asl = `{"Comment":${comment},${this.#text.join("")},"TimeoutSeconds":${timeoutSeconds}}`;
    // Ids, names and versions are ASCII, so characters are bytes.
    const bytes = asl.length;
    if (bytes > AWS_QUOTAS.stepFunctions.definitionBytes)
      throw new UncompilablePlanError(`machine ${key} takes ${bytes} bytes`);
    const eventEstimate =
      HISTORY_EVENTS.execution +
      HISTORY_EVENTS.tokenTask * this.#taskCount +
      HISTORY_EVENTS.parallel * this.#forks +
      HISTORY_EVENTS.nestedExecution * this.#nested.length;
    return { key, asl, bytes, eventEstimate, taskCount: this.#taskCount, nested: this.#nested };
  }

  #branch(flow: Placed, end: Exit): void {
    const parts = typeof flow === "object" && flow.kind === "series" ? flow.parts : [flow];
    const names = parts.map((part) => this.#name(part));
    this.#text.push(openStates(present(names[0])));
    for (const [index, part] of parts.entries()) {
      const next = names[index + 1];
      if (index > 0) this.#text.push(",");
      this.#state(part, present(names[index]), next === undefined ? end : { next });
    }
    this.#text.push("}");
  }

  #name(part: Placed): string {
    if (typeof part === "number") {
      const id = this.#ids[part];
      if (id === undefined) throw new CorruptPlanError(`its flow names task ${part} of ${this.#ids.length}`);
      return id;
    }
    return part.kind === "nested" ? `part ${part.key}` : `fork ${++this.#forks}`;
  }

  #state(part: Placed, name: string, exit: Exit): void {
    if (typeof part === "number") {
      this.#taskCount++;
      this.#text.push(taskState(name, exit));
    } else if (part.kind === "nested") {
      this.#nested.push(part.key);
      this.#text.push(nestedState(name, part.key, exit));
    } else {
      this.#text.push(openParallel(name));
      for (const [index, branch] of part.parts.entries()) {
        this.#text.push(index === 0 ? "{" : ",{");
        this.#branch(branch, "end-of-branch");
        this.#text.push("}");
      }
      this.#text.push(closeParallel(exit));
    }
  }
}
