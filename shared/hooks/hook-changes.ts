import * as z from "zod";
import { SessionId } from "../sessions/session.ts";
import { AgentId } from "../workflow/definition/names.ts";
import type { Failure } from "../core/failure.ts";
import { ExecutionId } from "../core/ids.ts";
import type { Hook } from "./hook.ts";
import { endsList, type HookOutcome, type HookRun } from "./hook-run.ts";

const Label = z.string().min(1).max(128);

/** Where a task is. */
const TaskPlace = z.strictObject({ execution_id: ExecutionId, task_id: z.string().min(1).max(256) });

/** What a hook may change of what it stands before: `patch` in what it gives. */
export const HookPatch = z.strictObject({
  /** Who gets the task. An agent that cannot do it gets none: the task waits for it as for any that is not there. */
  agent_id: AgentId.optional(),
  /** Fields laid over the task's input. */
  input: z.record(z.string(), z.unknown()).optional(),
  /** Travel with the task to its agent, in the message's metadata. */
  labels: z.record(Label, z.string().max(1024)).refine((labels) => Object.keys(labels).length <= 32, { error: "holds more than 32" }).optional(),
  /** The task is done, with this output or with that of another task of the tenant: its agent is not asked. */
  skip: z.union([z.strictObject({ output: z.unknown() }), z.strictObject({ output_of: TaskPlace })]).optional(),
  /** In place of what the task's agent made. */
  output: z.unknown().optional(),
  /** The execution joins this session, with what that remembers by now. */
  session_id: SessionId.optional(),
});
export type HookPatch = z.output<typeof HookPatch>;

/** What may be changed of a task before it begins, of an execution before it starts, and of what a task made. */
const CHANGEABLE = {
  task: HookPatch.pick({ agent_id: true, input: true, labels: true, skip: true }),
  execution: HookPatch.pick({ input: true, session_id: true }),
  result: HookPatch.pick({ output: true }),
} as const;

/** What waits for hooks. */
export type Awaiting = keyof typeof CHANGEABLE;

const Given = z.looseObject({ patch: HookPatch.optional() });

/** What a completed try wants changed; a try whose patch is none failed. */
export function checkPatch(outcome: HookOutcome, of: Awaiting): HookOutcome {
  if (outcome.status !== "completed" || typeof outcome.output !== "object" || outcome.output === null || Array.isArray(outcome.output)) return outcome;
  const { error } = z.looseObject({ patch: CHANGEABLE[of].optional() }).safeParse(outcome.output);
  if (error === undefined) return outcome;
  const flaws = error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
  return { status: "failed", error: { code: "InvalidPatch", message: flaws }, retryable: false };
}

/** All that the hooks of a list changed. Of two that change the same, the later one counts. */
export interface HookChanges extends HookPatch {
  /** Why what they stand before must not go on: a critical one failed. */
  readonly failure?: Failure | undefined;
}

/** Puts together what a list came to, in the order in which it ran. */
export function changesOf(ended: readonly { readonly hook: Hook; readonly run: HookRun }[]): HookChanges {
  let changes: HookChanges = {};
  for (const { hook, run } of ended) {
    if (endsList(run) && hook.severity === "critical") {
      const reason = run.error === undefined ? run.status : run.error.message;
      changes = { failure: { code: "HookAborted", message: `hook '${hook.name}' failed: ${reason}` }, ...changes };
    }
    const patch = run.status === "completed" ? Given.safeParse(run.output).data?.patch : undefined;
    if (patch !== undefined) changes = merged(changes, patch);
  }
  return changes;
}

const merged = (before: HookChanges, patch: HookPatch): HookChanges => ({
  ...before,
  ...patch,
  ...(before.input === undefined && patch.input === undefined ? {} : { input: { ...before.input, ...patch.input } }),
  ...(before.labels === undefined && patch.labels === undefined ? {} : { labels: { ...before.labels, ...patch.labels } }),
});
