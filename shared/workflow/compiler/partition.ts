import type { FlowGroup } from "../plan/flow.ts";
import { HISTORY_EVENTS } from "../limits.ts";
import { closeParallel, nestedState, openParallel, taskState } from "./states.ts";

/** A flow whose larger parts moved to machines of their own. */
export type Placed = number | { readonly kind: FlowGroup["kind"]; readonly parts: readonly Placed[] } | NestedPart;
/** Stands for a machine that runs as a nested execution. */
interface NestedPart {
  readonly kind: "nested";
  readonly key: string;
}
/** What is left of a flow, and the machines that were taken out of it; each uses only machines before it. */
export interface Partition {
  readonly main: Placed;
  readonly nested: readonly { readonly key: string; readonly flow: Placed }[];
}
/** The most that one machine may hold. */
export interface MachineBudget {
  readonly bytes: number;
  readonly events: number;
}

type Size = MachineBudget;
interface Sized extends Size {
  readonly flow: Placed;
}
interface SizedGroup extends Sized {
  readonly parts: readonly Sized[];
}

/** Fork names are numbered: nobody reaches seven digits. */
const LONGEST_FORK = "fork 999999";
const TASK_BYTES = taskState("", { next: "" }).length + 1;
/** A task's id is its state's name, stands in its message, and is Next or StartAt of another. */
const NAMES_PER_TASK = 3;
const NESTED_BYTES = nestedState(LONGEST_FORK, "p9999", { next: LONGEST_FORK }).length + LONGEST_FORK.length;
const FORK_BYTES =
  openParallel(LONGEST_FORK).length + closeParallel({ next: LONGEST_FORK }).length + LONGEST_FORK.length + 1;
const BRANCH_BYTES = '{"StartAt":"","States":{}},'.length;
/** Comment, timeout, outer braces and the events of the execution itself. */
const MACHINE_BYTES = 400;

/**
 * Splits a flow so that every machine stays within its budget. A series is cut into runs, a parallel into bundles of
 * branches: both are exact, because what follows waits for all of them anyway. Only as much moves out as must.
 */
export class Partitioner {
  readonly #ids: readonly string[];
  readonly #budget: MachineBudget;
  readonly #nested: { key: string; flow: Placed }[] = [];

  constructor(ids: readonly string[], budget: MachineBudget) {
    this.#ids = ids;
    this.#budget = { bytes: budget.bytes - MACHINE_BYTES, events: budget.events - HISTORY_EVENTS.execution };
  }

  partition(flow: FlowGroup | number): Partition {
    return { main: this.#place(flow).flow, nested: this.#nested };
  }

  #place(flow: FlowGroup | number): Sized {
    if (typeof flow === "number") {
      const bytes = TASK_BYTES + NAMES_PER_TASK * (this.#ids[flow]?.length ?? 0);
      return { flow, bytes, events: HISTORY_EVENTS.tokenTask };
    }
    let group = groupOf(
      flow.kind,
      flow.parts.map((part) => this.#place(part)),
    );
    while (!this.#fits(group)) group = this.#moveOut(flow.kind, group.parts);
    return group;
  }

  #fits({ bytes, events }: Size): boolean {
    return bytes <= this.#budget.bytes && events <= this.#budget.events;
  }

  /** Bundles neighbours up to the budget, then moves the largest bundles out until the rest fits. */
  #moveOut(kind: FlowGroup["kind"], parts: readonly Sized[]): SizedGroup {
    const bundles = this.#bundle(kind, parts);
    const bySize = bundles.toSorted((a, b) => b.bytes - a.bytes);
    const moved = new Map<SizedGroup, Sized>();
    for (const bundle of bySize) {
      const now = groupOf(
        kind,
        bundles.flatMap((each) => moved.get(each) ?? each.parts),
      );
      if (this.#fits(now)) break;
      moved.set(bundle, this.#nest(bundle));
    }
    return groupOf(
      kind,
      bundles.flatMap((each) => moved.get(each) ?? each.parts),
    );
  }

  #bundle(kind: FlowGroup["kind"], parts: readonly Sized[]): SizedGroup[] {
    const bundles: SizedGroup[] = [];
    let open: Sized[] = [];
    let size = frameOf(kind);
    for (const part of parts) {
      const grown = add(size, costInside(kind, part));
      const starts = open.length > 0 && !this.#fits(grown);
      if (starts) bundles.push(groupOf(kind, open.splice(0)));
      size = starts ? add(frameOf(kind), costInside(kind, part)) : grown;
      open.push(part);
    }
    return [...bundles, groupOf(kind, open)];
  }

  #nest(bundle: SizedGroup): Sized {
    const [only] = bundle.parts;
    const flow = bundle.parts.length === 1 && only !== undefined ? only.flow : bundle.flow;
    const key = `p${this.#nested.push({ key: `p${this.#nested.length + 1}`, flow })}`;
    return { flow: { kind: "nested", key }, bytes: NESTED_BYTES, events: HISTORY_EVENTS.nestedExecution };
  }
}

function add(a: Size, b: Size): Size {
  return { bytes: a.bytes + b.bytes, events: a.events + b.events };
}

/** What the group itself costs: a Parallel state, or nothing. */
function frameOf(kind: FlowGroup["kind"]): Size {
  return kind === "parallel" ? { bytes: FORK_BYTES, events: HISTORY_EVENTS.parallel } : { bytes: 0, events: 0 };
}

function costInside(kind: FlowGroup["kind"], { bytes, events }: Size): Size {
  return { bytes: bytes + (kind === "parallel" ? BRANCH_BYTES : 0), events };
}

function groupOf(kind: FlowGroup["kind"], parts: readonly Sized[]): SizedGroup {
  const size = parts.reduce((sum, part) => add(sum, costInside(kind, part)), frameOf(kind));
  return { ...size, flow: { kind, parts: parts.map(({ flow }) => flow) }, parts };
}
