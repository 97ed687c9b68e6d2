import { signal } from "@preact/signals";
import type { ReplayedTask, stateAfter, TaskNews } from "../../../../shared/execution/audit/state-after.ts";
import type { EventPage, ExecutionEventView } from "../core/replies.ts";
import { PENDING, type Standing } from "./standing.ts";

/** What a task became at a moment. */
interface Change extends Standing {
  readonly at: number;
  readonly task: ReplayedTask;
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
    // The rule comes with the first events: a page that plays nothing back does without it.
    const rule = import("../../../../shared/execution/audit/state-after.ts");
    for (;;) {
      const [page, { stateAfter: step }] = await Promise.all([load(this.#cursor), rule]);
      const fresh = page.events.filter(({ event_id: id }) => !this.#known.has(id));
      for (const event of fresh) this.#take(event, step);
      if (fresh.length > 0) this.events.value = [...this.events.value, ...fresh];
      if (page.next_cursor === undefined) break;
      this.#cursor = page.next_cursor;
    }
    this.isComplete = true;
  }

  #take(event: ExecutionEventView, step: typeof stateAfter): void {
    this.#known.add(event.event_id);
    const task = this.#index.get(text(event["task_id"]) ?? "");
    if (task === undefined) return;
    const at = Date.parse(event.timestamp);
    const changes = this.#changes.get(task) ?? [];
    this.#changes.set(task, changes);
    const before = changes.at(-1);
    const next = step(before?.task, newsOf(event, before?.task.attempt));
    if (next === undefined) return;
    const isWaiting = next.state === "parked" || next.state === "queued";
    const reason = event.event_type === "task.retry_scheduled" ? "retry" : text(event["reason"]);
    const agent = next.agentId ?? before?.agent;
    changes.push({ at, task: next, status: next.state, reason: isWaiting ? reason : undefined, attempt: next.attempt, agent });
    this.#count(task, event, { at, attempt: next.attempt, agent, end: event.event_type === "task.completed" ? outcomeOf(next) : undefined });
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

/** What an event says of a task's state. `attempt`: the task's own, for an event that names none. */
function newsOf(event: ExecutionEventView, attempt = 0): TaskNews {
  const { event_type: type, timestamp } = event;
  const facts = { attempt: typeof event["attempt"] === "number" ? event["attempt"] : attempt, agent_id: text(event["agent_id"]), status: text(event["status"]), reason: text(event["reason"]) };
  return { type, timestamp, facts };
}

function outcomeOf({ state }: ReplayedTask): Attempt["outcome"] {
  return state === "completed" || state === "failed" || state === "skipped" || state === "cancelled" ? state : undefined;
}
