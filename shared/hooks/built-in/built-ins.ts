import * as z from "zod";
import { LEARNING } from "../../agents/learning-limits.ts";
import { Severity } from "../../incidents/incident.ts";
import { HOOK_LIMITS } from "../limits.ts";
import { BEFORE_TASKS, HOOK_TRIGGERS, type HookTrigger } from "../trigger.ts";

const Weight = (standard: number) => z.coerce.number().min(0).max(1000).default(standard);
const Name = z.string().min(1).max(128);
const Names = z.string().transform((text) => text.split(",")).pipe(z.array(Name).max(64));

/** What one of the functions is called with, and for which triggers there is something for it to do. */
interface BuiltInRow {
  readonly triggers: readonly HookTrigger[];
  /** Of arguments written `name=value`. */
  readonly args: z.ZodObject;
}

/** Every trigger but those that something waits for. */
const AFTERWARDS: readonly HookTrigger[] = HOOK_TRIGGERS.filter((trigger) => !trigger.startsWith("pre_") && trigger !== "post_edit");

/** The functions that come with the orchestrator. */
export const BUILT_INS = {
  /** Gives the task to the agent that what was learnt lately speaks for. */
  "auto-assign": {
    triggers: BEFORE_TASKS,
    args: z.strictObject({ success: Weight(LEARNING.weights.success), latency: Weight(LEARNING.weights.latency), cost: Weight(LEARNING.weights.cost) }),
  },
  /** Answers a task from what one asked the same before, instead of its agent. */
  "search-cache": {
    triggers: BEFORE_TASKS,
    args: z.strictObject({ ttl_seconds: z.coerce.number().int().min(1).max(HOOK_LIMITS.longestCacheSeconds).default(HOOK_LIMITS.cacheSeconds) }),
  },
  /** Puts JSON, tables of Markdown and line ends in order. */
  "format-output": { triggers: ["post_edit"], args: z.strictObject({}) },
  /** Tells the channels that incidents are told by. */
  notify: {
    triggers: AFTERWARDS,
    args: z.strictObject({ text: z.string().min(1).max(4096).optional(), channel: Name.optional(), severity: Severity.default("medium") }),
  },
  /** Fails for a command that a shell could take for another, or whose program is not allowed. */
  "validate-command": { triggers: ["pre_command"], args: z.strictObject({ field: Name.default("command"), allow: Names.optional() }) },
  /** Fails for files that lie outside of where work is done, or are of another kind. */
  "check-files": {
    triggers: ["pre_edit"],
    args: z.strictObject({ field: Name.optional(), extensions: Names.optional(), most: z.coerce.number().int().min(1).max(10_000).default(1000) }),
  },
  /** Remembers what an execution came to, in its session. */
  "session-save": { triggers: ["post_workflow"], args: z.strictObject({ variable: Name.optional(), task: Name.optional() }) },
  /** Lays what the last session of the same name remembered under a new one, or has an execution join that session. */
  "session-restore": { triggers: ["session_start", "pre_workflow"], args: z.strictObject({ name: z.string().min(1).max(255).optional() }) },
  /** Says in the session what its executions came to. */
  "session-summary": { triggers: ["session_end", "post_workflow"], args: z.strictObject({ agent: Name.optional() }) },
  /** Lets what a task's output says of its quality count for its agent. */
  learn: { triggers: ["post_task", "post_command"], args: z.strictObject({ field: Name.default("quality") }) },
  /** Remembers what a task gave, in the session of its execution. */
  remember: { triggers: ["post_command", "post_task"], args: z.strictObject({ variable: Name.optional() }) },
} as const satisfies Readonly<Record<string, BuiltInRow>>;

/** Names a function that comes with the orchestrator. */
export type BuiltInName = keyof typeof BUILT_INS;

/** What a function was called with. */
export type BuiltInArgs<Of extends BuiltInName> = z.output<(typeof BUILT_INS)[Of]["args"]>;

/** What stands before the name of such a function. */
export const BUILT_IN = "builtin:";

/** The function of a name, if there is one. */
export const builtInNamed = (name: string): BuiltInName | undefined => NAMES.find((known) => known === name);

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of an object of ours
const NAMES = Object.keys(BUILT_INS) as BuiltInName[];

/** Arguments by name. One without `=` is called by itself, which no function knows. */
export const pairsOf = (args: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(args.map((arg) => (arg.includes("=") ? [arg.slice(0, arg.indexOf("=")), arg.slice(arg.indexOf("=") + 1)] : [arg, ""])));

/** What keeps a hook from calling such a function: the field that says it wrongly, and what is wrong with it. */
export function flawOfBuiltIn(
  name: string,
  { trigger, args }: { readonly trigger: HookTrigger; readonly args: readonly string[] },
): { readonly field: "function" | "args" | "trigger"; readonly message: string } | undefined {
  const known = builtInNamed(name);
  if (known === undefined) return { field: "function", message: `there is no built-in function '${name}'; there are ${NAMES.join(", ")}` };
  const row: BuiltInRow = BUILT_INS[known];
  if (!row.triggers.includes(trigger)) return { field: "trigger", message: `'${BUILT_IN}${name}' has nothing to do there; it is for ${row.triggers.join(", ")}` };
  const { error } = row.args.safeParse(pairsOf(args));
  const [issue] = error?.issues ?? [];
  if (issue === undefined) return undefined;
  const { shape } = BUILT_INS[known].args;
  return { field: "args", message: `${issue.path.join(".")} ${issue.message}; '${name}' takes name=value of ${Object.keys(shape).join(", ")}`.trim() };
}
