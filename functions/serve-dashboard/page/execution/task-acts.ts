import { may, mayControl, me } from "../core/me.ts";
import { propose } from "../parts/act.ts";
import type { Screen } from "../run/screen.ts";
import type { TaskActName } from "./act-names.ts";
import { offeredAt } from "./offered-acts.ts";
import type { RunAct } from "./acts.ts";
import type { RunSession } from "./run-session.ts";

/** What can be done about tasks. */
const ACTS = [
  { name: "approve", label: "Approve", isMain: true },
  { name: "reject", label: "Reject", isMain: true, isDangerous: true },
  { name: "input", label: "Answer", isMain: true },
  { name: "retry", label: "Try again", isMain: true },
  { name: "rerun", label: "Rerun from here", isMain: false },
  { name: "skip", label: "Skip", isMain: false },
] as const satisfies readonly (Omit<RunAct, "propose"> & { name: TaskActName })[];

/** Who may decide, the task says; the API refuses others by name. */
const isAllowed = (name: TaskActName): boolean =>
  name === "input" ? may("workflow:submit") : name === "approve" || name === "reject" || mayControl();

/** What can be done about a task as it stands, for who is signed in; nothing while the past is shown. */
export function taskActs(session: RunSession, { run, at }: Screen, task: number): readonly RunAct[] {
  const id = run.plan.tasks[task]?.task_id;
  const head = run.head.value;
  if (id === undefined || head === undefined || at.value !== undefined || me.value === undefined) return [];
  const { status, reason } = run.standingAt(task, undefined);
  const offered = offeredAt({ status, reason, isOver: run.isFinal.value, legal: new Set(head.legal_moves) });
  return ACTS.filter(({ name }) => offered[name] && isAllowed(name)).map((act) => ({
    ...act,
    propose: () => void proposeTaskAct(session, act.name, id),
  }));
}

/** What it says is fetched with the first act. */
async function proposeTaskAct(session: RunSession, name: TaskActName, task: string): Promise<void> {
  const { taskTexts } = await import("./task-act-texts.ts");
  const act = await taskTexts[name](session.execution, task);
  propose({ ...act, done: () => void session.refresh() });
}
