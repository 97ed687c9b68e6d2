import type { TaskActName } from "./act-names.ts";

const NAMES = ["approve", "reject", "answer", "retry", "rerun", "skip"] as const satisfies readonly TaskActName[];

/** Where a task and its execution stand. */
export interface TaskStanding {
  readonly status: string;
  readonly reason?: string | undefined;
  /** The execution is over. */
  readonly isOver: boolean;
  /** Moves of the execution. */
  readonly legal: ReadonlySet<string>;
}

/** What is offered about a task that stands so; the API takes no less, and says the same of what is not offered. */
export function offeredAt({ status, reason, isOver, legal }: TaskStanding): readonly TaskActName[] {
  const isSettled = ["completed", "failed", "skipped", "cancelled"].includes(status);
  const waitsFor = (what: string): boolean => status === "parked" && reason === what && !isOver;
  const isPossible: Readonly<Record<TaskActName, boolean>> = {
    approve: waitsFor("approval"),
    reject: waitsFor("approval"),
    answer: status.endsWith("_required"),
    retry: waitsFor("operator"),
    rerun: legal.has("rerun") && isSettled,
    skip: legal.has("skip") && status !== "skipped" && status !== "completed",
  };
  return NAMES.filter((name) => isPossible[name]);
}
