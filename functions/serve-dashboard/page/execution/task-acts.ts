import { may, me } from "../core/me.ts";
import { propose } from "../parts/act.ts";
import type { Screen } from "../run/screen.ts";
import type { TaskActName } from "./act-names.ts";
import type { RunAct } from "./acts.ts";
import type { RunSession } from "./run-session.ts";

/** What can be done about tasks. */
const ACTS = {
  approve: { label: "Approve", isMain: true },
  reject: { label: "Reject", isMain: true, isDangerous: true },
  answer: { label: "Answer", isMain: true },
  retry: { label: "Try again", isMain: true },
  rerun: { label: "Rerun from here", isMain: false },
  skip: { label: "Skip", isMain: false },
} as const satisfies Readonly<Record<TaskActName, object>>;

/** What can be done about a task as it stands, for who is signed in; nothing while the past is shown. */
export function taskActs(session: RunSession, { run, at }: Screen, task: number): readonly RunAct[] {
  const id = run.plan.tasks[task]?.task_id;
  const head = run.head.value;
  if (id === undefined || head === undefined || at.value !== undefined || me.value === undefined) return [];
  const { status, reason } = run.standingAt(task, undefined);
  const legal: ReadonlySet<string> = new Set(head.legal_moves);
  const isSettled = ["completed", "failed", "skipped", "cancelled"].includes(status);
  const waitsFor = (what: string): boolean => status === "parked" && reason === what && !run.isFinal.value;
  const mayControl = may("execution:control");
  const isPossible: Readonly<Record<TaskActName, boolean>> = {
    // Who may decide, the task says; the API refuses others by name.
    approve: waitsFor("approval"),
    reject: waitsFor("approval"),
    answer: status.endsWith("_required") && may("workflow:submit"),
    retry: waitsFor("operator") && mayControl,
    rerun: legal.has("rerun") && isSettled && mayControl,
    skip: legal.has("skip") && status !== "skipped" && status !== "completed" && mayControl,
  };
  return NAMES.filter((name) => isPossible[name]).map((name) => ({
    ...ACTS[name],
    name,
    propose: () => void proposeTaskAct(session, name, id),
  }));
}

const NAMES = ["approve", "reject", "answer", "retry", "rerun", "skip"] as const satisfies readonly TaskActName[];

/** What it says is fetched with the first act. */
async function proposeTaskAct(session: RunSession, name: TaskActName, task: string): Promise<void> {
  const { taskTexts } = await import("./task-act-texts.ts");
  const act = await taskTexts[name](session.execution, task);
  propose({ ...act, done: () => void session.refresh() });
}
