import { signal } from "@preact/signals";
import type { EventPage, ExecutionEventView } from "../core/replies.ts";
import { PENDING, type Standing } from "./standing.ts";

/** What a task became at a moment. */
interface Change extends Standing {
  readonly at: number;
}

/** One attempt of a task, as the events tell of it. */
export interface Attempt {
  readonly number: number;
  readonly agent: string | undefined;
  readonly start: number;
  /** Absent while it goes on. */
  end?: number;
  outcome?: "completed" | "failed" | "skipped" | "cancelled";
  error?: string;
}

/** States by the event that leads to them. */
const STATES: Readonly<Record<string, string>> = {
  "agent.task_assigned": "dispatched",
  "agent.task_started": "running",
  "task.expanded": "running",
  "task.child_started": "running",
  "task.input_required": "input_required",
  "task.input_provided": "running",
  "task.retry_scheduled": "queued",
  "task.released": "queued",
  "task.event_received": "queued",
  "task.decided": "queued",
  "task.parked": "parked",
  "task.reset": "queued",
};

const ENDS: Readonly<Record<string, Attempt["outcome"]>> = {
  success: "completed",
  failed: "failed",
  skipped: "skipped",
  cancelled: "cancelled",
};

/** The events of an execution, and what they say of every task at every moment: playback without asking again. */
export class History {
  readonly events = signal<readonly ExecutionEventView[]>([]);
  isComplete = false;
  readonly #index: ReadonlyMap<string, number>;
  readonly #changes = new Map<number, Change[]>();
  readonly #attempts = new Map<number, Attempt[]>();
  readonly #known = new Set<string>();
  #cursor: string | undefined;

  constructor(index: ReadonlyMap<string, number>) {
    this.#index = index;
  }

  attemptsOf = (task: number): readonly Attempt[] => this.#attempts.get(task) ?? [];

  standingAt(task: number, at: number): Standing {
    return this.#changes.get(task)?.findLast((change) => change.at <= at) ?? PENDING;
  }

  /** Reads what is not known yet; every event counts once. @param load reads a page, the first without a cursor. */
  async read(load: (cursor: string | undefined) => Promise<EventPage>): Promise<void> {
    for (;;) {
      const page = await load(this.#cursor);
      const fresh = page.events.filter(({ event_id: id }) => !this.#known.has(id));
      for (const event of fresh) this.#take(event);
      if (fresh.length > 0) this.events.value = [...this.events.value, ...fresh];
      if (page.next_cursor === undefined) break;
      this.#cursor = page.next_cursor;
    }
    this.isComplete = true;
  }

  #take(event: ExecutionEventView): void {
    this.#known.add(event.event_id);
    const task = this.#index.get(text(event["task_id"]) ?? "");
    if (task === undefined) return;
    const at = Date.parse(event.timestamp);
    const changes = this.#changes.get(task) ?? [];
    this.#changes.set(task, changes);
    const last = changes.at(-1) ?? PENDING;
    const end = event.event_type === "task.completed" ? ENDS[text(event["status"]) ?? ""] : undefined;
    const status = end ?? STATES[event.event_type];
    if (status === undefined) return;
    const attempt = typeof event["attempt"] === "number" ? event["attempt"] : last.attempt;
    if (event.event_type !== "task.reset" && attempt < last.attempt) return;
    const agent = text(event["agent_id"]) ?? last.agent;
    const reason = event.event_type === "task.retry_scheduled" ? "retry" : text(event["reason"]);
    changes.push({ at, status, reason: status === "parked" || status === "queued" ? reason : undefined, attempt, agent });
    this.#count(task, event, { at, attempt, agent, end });
  }

  #count(
    task: number,
    event: ExecutionEventView,
    { at, attempt, agent, end }: { at: number; attempt: number; agent: string | undefined; end: Attempt["outcome"] },
  ): void {
    const attempts = this.#attempts.get(task) ?? [];
    this.#attempts.set(task, attempts);
    if (event.event_type === "agent.task_assigned") attempts.push({ number: attempt, agent, start: at });
    const last = attempts.at(-1);
    if (last === undefined || last.end !== undefined) return;
    const outcome = end ?? (event.event_type === "task.retry_scheduled" ? "failed" : undefined);
    if (outcome === undefined) return;
    last.end = at;
    last.outcome = outcome;
    const error: unknown = event["error"];
    if (typeof error === "object" && error !== null && "message" in error) last.error = String(error.message);
  }
}

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
