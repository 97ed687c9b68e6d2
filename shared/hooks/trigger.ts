import * as z from "zod";

/** When hooks run: those of spec 001 §4.1 and of 004 §4.3 together. */
export const HOOK_TRIGGERS = [
  "pre_workflow",
  "post_workflow",
  "pre_task",
  "post_task",
  "pre_search",
  "pre_edit",
  "post_edit",
  "pre_command",
  "post_command",
  "agent_assigned",
  "agent_failed",
  "session_start",
  "session_end",
  "session_restore",
  "notification",
] as const;

/** When a hook runs. `pre-task` is taken for `pre_task`, as 001 spells it in its text. */
export const HookTrigger = z
  .string()
  .transform((text) => text.replaceAll("-", "_"))
  .pipe(z.enum(HOOK_TRIGGERS));
export type HookTrigger = z.output<typeof HookTrigger>;

/** Triggers whose hooks something waits for. */
const BLOCKING: ReadonlySet<HookTrigger> = new Set(["pre_workflow", "pre_task", "pre_search", "pre_edit", "pre_command", "post_edit"]);

/** Whether what pulls a trigger waits until its hooks have run. */
export const isBlocking = (trigger: HookTrigger): boolean => BLOCKING.has(trigger);

/** Triggers of hooks before a task, by its operation. */
export const triggersBefore = (operation: "search" | "edit" | "command" | undefined): readonly HookTrigger[] =>
  operation === undefined ? ["pre_task"] : ["pre_task", `pre_${operation}`];

/** Every trigger of hooks before a task. */
export const BEFORE_TASKS: readonly HookTrigger[] = ["pre_task", "pre_search", "pre_edit", "pre_command"];

/** Triggers of hooks before an execution starts: of one that joins a session, those of the session as well. */
export const triggersAtStart = (isInSession: boolean): readonly HookTrigger[] => (isInSession ? ["pre_workflow", "session_start"] : ["pre_workflow"]);
