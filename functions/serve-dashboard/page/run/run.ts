import { computed, signal } from "@preact/signals";
import type { ExecutionDetails, ExecutionGraph, Outlook } from "../core/replies.ts";
import { neighbours, reachable } from "../graph/edges.ts";
import { layOut, type Place } from "../graph/layout.ts";
import { History } from "./history.ts";
import { type Look, LOOKS, lookOfTask } from "./looks.ts";
import { PENDING, type Standing } from "./standing.ts";

/** A task as the stream sends it; times are milliseconds since the execution was submitted. */
export type TaskRow = readonly [
  task: string,
  status: string,
  reason: string | null,
  queued: number | null,
  dispatched: number | null,
  settled: number | null,
  attempt: number,
  agent: string | null,
];

type GraphTask = ExecutionGraph["tasks"][number];

/** The tasks of a plan and how they hang together; drawn once, whatever happens to them. */
export class Plan {
  readonly hash: string;
  readonly tasks: readonly GraphTask[];
  readonly index: ReadonlyMap<string, number>;
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly before: readonly (readonly number[])[];
  readonly after: readonly (readonly number[])[];
  readonly isCritical: ReadonlySet<number>;
  #place: Place | undefined;

  constructor(graph: Pick<ExecutionGraph, "plan_hash" | "tasks" | "critical_path">) {
    this.hash = graph.plan_hash;
    this.tasks = graph.tasks;
    this.index = new Map(graph.tasks.map(({ task_id: id }, index) => [id, index]));
    const pairs = graph.tasks.flatMap(({ depends_on: inputs }, to) =>
      inputs.flatMap((input) => {
        const from = this.index.get(input);
        return from === undefined ? [] : [[from, to] as const];
      }),
    );
    this.from = Int32Array.from(pairs, ([from]) => from);
    this.to = Int32Array.from(pairs, ([, to]) => to);
    this.before = neighbours(this.edges, true);
    this.after = neighbours(this.edges);
    this.isCritical = new Set(graph.critical_path.flatMap((id) => this.index.get(id) ?? []));
  }

  get size(): number {
    return this.tasks.length;
  }

  get edges() {
    return { count: this.tasks.length, from: this.from, to: this.to };
  }

  /** Worked out when first drawn. */
  get place(): Place {
    this.#place ??= layOut(this.edges);
    return this.#place;
  }

  /** A task, all that it needs and all that needs it. */
  kin(task: number): ReadonlySet<number> {
    return new Set([...reachable(this.before, task), ...reachable(this.after, task)]);
  }
}

const BEAT_MS = 250;

/** One execution as it is seen live. Times are milliseconds since 1970; 0 stands for not yet. */
export class Run {
  readonly plan: Plan;
  readonly head = signal<ExecutionDetails | undefined>(undefined);
  readonly outlook = signal<Outlook | undefined>(undefined);
  readonly status = signal("");
  /** Grows with every change of any task; canvases follow it. */
  readonly version = signal(0);
  /** The same a few times a second at most: what is text need not change faster than it can be read. */
  readonly beat = signal(0);
  readonly history: History;
  readonly start: Float64Array;
  readonly end: Float64Array;
  readonly queued: Float64Array;
  readonly looks: Uint8Array;
  readonly standings: Standing[];
  /** Instances of lists and calls to several agents, by the task that they belong to. */
  readonly instances = new Map<number, Map<string, TaskRow>>();
  submittedAt = 0;
  #lastBeat = 0;
  #isBeating = false;

  constructor(plan: Plan) {
    this.plan = plan;
    this.start = new Float64Array(plan.size);
    this.end = new Float64Array(plan.size);
    this.queued = new Float64Array(plan.size);
    this.looks = new Uint8Array(plan.size).fill(LOOKS.indexOf("idle"));
    this.standings = plan.tasks.map(() => PENDING);
    this.history = new History(plan.index);
  }

  readonly isFinal = computed(() => ["completed", "failed", "cancelled"].includes(this.status.value));

  /** Takes what the stream told; `whole`: what it does not name is not there any more. */
  apply(status: string, rows: readonly TaskRow[], whole: boolean): void {
    if (whole) this.#forget();
    for (const row of rows) this.#take(row);
    this.status.value = status;
    this.version.value += 1;
    this.#beatSoon();
  }

  #beatSoon(): void {
    const wait = this.#lastBeat + BEAT_MS - performance.now();
    if (wait <= 0) {
      this.#lastBeat = performance.now();
      this.beat.value = this.version.peek();
      return;
    }
    if (this.#isBeating) return;
    this.#isBeating = true;
    setTimeout(() => {
      this.#isBeating = false;
      this.#beatSoon();
    }, wait);
  }

  /** When it was submitted, and when it ended or, while it goes on, `now`. */
  spanUntil(now: number): readonly [start: number, end: number] {
    const metadata = this.head.value?.execution_metadata;
    const start = metadata === undefined ? this.submittedAt : Date.parse(metadata.submitted_at);
    const ended = metadata?.completed_at ?? undefined;
    return [start, ended !== undefined && this.isFinal.value ? Date.parse(ended) : now];
  }

  /** How a task looks, now or at an earlier moment. */
  lookAt(task: number, at: number | undefined): Look {
    if (at === undefined) return LOOKS[this.looks[task] ?? 0] ?? "idle";
    const { status, reason } = this.standingAt(task, at);
    return lookOfTask(status, reason);
  }

  standingAt(task: number, at: number | undefined): Standing {
    if (at !== undefined && this.history.isComplete) return this.history.standingAt(task, at);
    const now = this.standings[task] ?? PENDING;
    if (at === undefined) return now;
    // Until the history is there the times of the last attempt tell it nearly.
    const [start = 0, end = 0] = [this.start[task], this.end[task]];
    if (end > 0 && at >= end) return now;
    return start > 0 && at >= start ? { ...now, status: "running", reason: undefined } : PENDING;
  }

  #forget(): void {
    for (const times of [this.start, this.end, this.queued]) times.fill(0);
    this.looks.fill(LOOKS.indexOf("idle"));
    this.standings.fill(PENDING);
    this.instances.clear();
  }

  #take(row: TaskRow): void {
    const [name, status, reason, queued, dispatched, settled, attempt, agent] = row;
    const task = this.plan.index.get(name);
    if (task === undefined) return this.#takeInstance(row);
    const time = (after: number | null): number => (after === null ? 0 : this.submittedAt + after);
    this.queued[task] = time(queued);
    this.start[task] = time(dispatched);
    this.end[task] = time(settled);
    this.standings[task] = { status, reason: reason ?? undefined, attempt, agent: agent ?? undefined };
    this.looks[task] = LOOKS.indexOf(lookOfTask(status, reason ?? undefined));
  }

  #takeInstance(row: TaskRow): void {
    const group = this.plan.index.get(/^(.+)\[\d+\]$/.exec(row[0])?.[1] ?? "");
    if (group === undefined) return;
    const known = this.instances.get(group) ?? new Map<string, TaskRow>();
    known.set(row[0], row);
    this.instances.set(group, known);
  }
}

/** How many tasks look how, now or at an earlier moment. */
export function countLooks(run: Run, at: number | undefined): Readonly<Record<Look, number>> {
  const counts: Record<Look, number> = { done: 0, fail: 0, ask: 0, run: 0, wait: 0, skip: 0, idle: 0 };
  for (let task = 0; task < run.plan.size; task++) counts[run.lookAt(task, at)] += 1;
  return counts;
}
