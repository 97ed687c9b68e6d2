import { mayControl, me } from "../core/me.ts";
import { propose } from "../parts/act.ts";
import type { Screen } from "../run/screen.ts";
import type { ActName } from "./act-names.ts";
import type { RunSession } from "./run-session.ts";

/** Something that can be done about an execution or a task. */
export interface RunAct {
  readonly name: string;
  readonly label: string;
  readonly isDangerous?: boolean;
  /** Stands in the head; the others stand behind "More". */
  readonly isMain: boolean;
  readonly propose: () => void;
}

/** Acts on an execution, by the names of its moves, and whether each stands in the head. */
const ACTS = [
  { name: "pause", label: "Pause", isMain: true },
  { name: "resume", label: "Resume", isMain: true },
  { name: "redrive", label: "Run again from the failure", isMain: true },
  { name: "priority_boost", label: "Boost", isMain: false },
  { name: "cancel", label: "Cancel", isMain: true, isDangerous: true },
  { name: "checkpoint", label: "Mark a checkpoint", isMain: false },
  { name: "raise_budget", label: "Raise the budget", isMain: false },
  { name: "modify", label: "Change the definition", isMain: false },
] as const satisfies readonly (Omit<RunAct, "propose"> & { name: ActName })[];

/** What can be done as the execution stands, for who is signed in; nothing while the past is shown. */
export function actsOn(session: RunSession, screen: Screen): readonly RunAct[] {
  const head = screen.run.head.value;
  if (head === undefined || screen.at.value !== undefined || me.value === undefined || !mayControl()) return [];
  const legal: ReadonlySet<string> = new Set(head.legal_moves);
  return ACTS.filter(({ name }) => legal.has(name)).map((act) => ({
    ...act,
    propose: () => void proposeAct(session, act.name, head.task_count),
  }));
}

/** What it says is fetched with the first act. */
async function proposeAct(session: RunSession, name: ActName, tasks: number): Promise<void> {
  const { textsOf } = await import("./act-texts.ts");
  propose({ ...textsOf(session.execution, tasks)[name], done: () => void session.refresh() });
}
