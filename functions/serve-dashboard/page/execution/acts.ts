import { modify, steer } from "../core/endpoints.ts";
import { me, may } from "../core/me.ts";
import { propose, type Act } from "../parts/dialog.tsx";
import type { Screen } from "../run/screen.ts";
import type { RunSession } from "./run-session.ts";

/** Something that can be done about an execution. */
export interface RunAct {
  readonly name: string;
  readonly label: string;
  readonly isDangerous?: boolean;
  /** Stands in the head; the others stand behind "More". */
  readonly isMain: boolean;
  readonly propose: () => void;
}

type Wish = Omit<Act, "run" | "done"> & {
  readonly name: string;
  /** What must be a legal move of the execution. */
  readonly move: string;
  readonly label: string;
  readonly isMain?: boolean;
  readonly run: (values: Readonly<Record<string, string>>) => Promise<unknown>;
};

const number = (text: string | undefined): number | undefined => (text === undefined || text === "" ? undefined : Number(text));

/** What can be done as the execution stands, for who is signed in; nothing while the past is shown. */
export function actsOn(session: RunSession, screen: Screen): readonly RunAct[] {
  const head = screen.run.head.value;
  if (head === undefined || screen.at.value !== undefined || me.value === undefined || !may("execution:control")) return [];
  const legal: ReadonlySet<string> = new Set(head.legal_moves);
  return wishes(session, head.task_count)
    .filter(({ move }) => legal.has(move))
    .map(({ name, label, isMain = false, isDangerous = false, move: _, ...act }) => ({
      name,
      label,
      isMain,
      isDangerous,
      propose: () => propose({ ...act, isDangerous, done: () => void session.refresh() }),
    }));
}

function wishes({ execution }: RunSession, tasks: number): readonly Wish[] {
  const control = (action: string, parameters: (values: Readonly<Record<string, string>>) => object | undefined = () => undefined) =>
    (values: Readonly<Record<string, string>>): Promise<unknown> => {
      const given = parameters(values);
      const reason = values["reason"] ?? "";
      return steer(execution, { action, ...(reason === "" ? {} : { reason }), ...(given === undefined ? {} : { parameters: given }) });
    };
  return [
    {
      name: "pause", move: "pause", label: "Pause", isMain: true, title: "Pause this execution?", button: "Pause", says: "Paused",
      explains: "Nothing new starts from now on. What agents have in hands they finish, and it counts. The clock stands still.",
      run: control("pause"),
    },
    {
      name: "resume", move: "resume", label: "Resume", isMain: true, title: "Resume this execution?", button: "Resume", says: "It goes on",
      explains: "What waits because of the pause starts at once.", run: control("resume"),
    },
    {
      name: "redrive", move: "redrive", label: "Run again from the failure", isMain: true, title: "Run again from the failure?",
      button: "Run again", says: "It goes on",
      explains: "Tasks that failed or were cancelled start over. What completed keeps its results, what was approved stays approved.",
      run: control("redrive"),
    },
    {
      name: "boost", move: "priority_boost", label: "Boost", isMain: true, title: "Raise the priority?", button: "Boost", says: "Boosted",
      explains: "What has not started moves to a faster queue.",
      fields: [{
        name: "priority", label: "Priority", kind: "choice", value: "critical",
        choices: [["critical", "critical"], ["high", "high"], ["medium", "medium"], ["low", "low"]],
      }],
      run: control("priority_boost", ({ priority }) => ({ priority })),
    },
    {
      name: "cancel", move: "cancel", label: "Cancel", isMain: true, isDangerous: true, title: "Cancel this execution?",
      button: "Cancel the execution", says: "Cancelled", reason: "required",
      explains: `All of its ${tasks} tasks that are not done are called off, and agents are told. This ends the run.`,
      fields: [{ name: "keep", label: "Leave done what was done, although the definition could undo it", kind: "check" }],
      run: control("cancel", ({ keep }) => (keep === "yes" ? { compensate: false } : undefined)),
    },
    {
      name: "checkpoint", move: "checkpoint", label: "Mark a checkpoint", title: "Mark a checkpoint?", button: "Mark", says: "Marked",
      explains: "The execution can be taken back to this moment later.", run: control("checkpoint"),
    },
    {
      name: "budget", move: "raise_budget", label: "Raise the budget", title: "Raise the budget", button: "Raise", says: "Raised",
      explains: "New ceilings; what is left empty stays as it is.",
      fields: [
        { name: "cost", label: "Cost, in dollars", kind: "number" },
        { name: "calls", label: "Calls of agents", kind: "number" },
        { name: "tokens", label: "Tokens", kind: "number" },
      ],
      run: control("raise_budget", ({ cost, calls, tokens }) => ({
        max_cost: number(cost), max_agent_calls: number(calls), max_tokens: number(tokens),
      })),
    },
    {
      name: "modify", move: "modify", label: "Change the definition", title: "Go on under another definition", button: "Change", says: "Changed",
      explains: "Tasks that have started keep theirs; what is still to come follows the new text.",
      fields: [{ name: "definition", label: "Definition (YAML or JSON)", kind: "json", isRequired: true }],
      run: ({ definition = "", reason }) => modify(execution, definition, reason),
    },
  ];
}
