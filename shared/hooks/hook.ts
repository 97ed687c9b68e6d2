import * as z from "zod";
import { HookAction } from "./action.ts";
import { HOOK_LIMITS } from "./limits.ts";
import { HookTrigger } from "./trigger.ts";

/** How often a hook is tried, and how long it rests in between (spec 004 §4.3). */
export const HookRetryPolicy = z.strictObject({
  max_attempts: z.int().min(1).max(HOOK_LIMITS.mostAttempts).default(HOOK_LIMITS.attempts),
  backoff: z.enum(["exponential", "linear"]).default("exponential"),
  initial_delay_seconds: z.number().min(0).max(HOOK_LIMITS.longestDelaySeconds).default(HOOK_LIMITS.initialDelaySeconds),
  max_delay_seconds: z.number().min(0).max(HOOK_LIMITS.longestDelaySeconds).default(HOOK_LIMITS.longestDelaySeconds),
});
export type HookRetryPolicy = z.output<typeof HookRetryPolicy>;

const HookName = z.string().min(1).max(HOOK_LIMITS.nameCharacters).regex(/^[^\p{C}]+$/u, { error: "must hold no control characters" });

/** What callers say of a hook, in all forms but the action's. */
const common = {
  name: HookName,
  description: z.string().max(2000).default(""),
  trigger: HookTrigger,
  /** A regular expression (RE2) that the line `<event> <task_id> <agent_id> <skill>` must contain; `-` for what is absent. */
  event_pattern: z.string().min(1).max(HOOK_LIMITS.patternCharacters).optional(),
  /** An EventBridge pattern that the event must match. */
  event_filter: z.record(z.string(), z.unknown()).optional(),
  /** The lowest runs first. */
  priority: z.int().min(0).max(1_000_000).default(100),
  enabled: z.boolean().default(true),
  /** Runs although a hook before it in the list failed. */
  always_run: z.boolean().default(false),
  /** Whether its failure ends what it stands before. @default - critical for pre_command, warning otherwise */
  severity: z.enum(["critical", "warning"]).optional(),
  timeout_seconds: z.number().min(1).max(HOOK_LIMITS.longestTimeoutSeconds).optional(),
  retry_policy: HookRetryPolicy.optional(),
};

/** The flat form of spec 001 §4.1, beside the other. */
const flat = {
  command: z.string().min(1).max(4096).optional(),
  args: z.array(z.string().max(4096)).max(64).optional(),
  timeout_ms: z.int().min(1000).max(HOOK_LIMITS.longestTimeoutSeconds * 1000).optional(),
};

const isOneForm = ({ action, command }: { action?: unknown; command?: unknown }): boolean => (action === undefined) !== (command === undefined);
const hasOneTime = ({ timeout_seconds: s, timeout_ms: ms }: { timeout_seconds?: unknown; timeout_ms?: unknown }): boolean =>
  s === undefined || ms === undefined;
const FORM = { path: ["action"], message: "is needed; or the flat form's command and args, which do not go with it" };
const TIME = { path: ["timeout_ms"], message: "does not go with timeout_seconds" };

/** A hook as a caller registers it. */
export const HookBody = z
  .strictObject({ ...common, action: HookAction.optional(), ...flat })
  .refine(isOneForm, FORM)
  .refine(hasOneTime, TIME);
export type HookBody = z.output<typeof HookBody>;

/** A hook as it is stored. */
export const Hook = z.object({
  hook_id: z.string(),
  ...common,
  severity: z.enum(["critical", "warning"]),
  timeout_seconds: z.number(),
  action: HookAction,
  retry_policy: HookRetryPolicy,
  created_at: z.iso.datetime(),
  created_by: z.string(),
  updated_at: z.iso.datetime(),
  updated_by: z.string(),
});
export type Hook = z.output<typeof Hook>;

/** What a body asks a hook to do; the flat form's command is a function's name where it is written as one. */
export function wishOf({ action, command = "", args = [] }: HookBody): HookAction {
  if (action !== undefined) return action;
  return /^(builtin|lambda):/.test(command) ? { type: "function", function: command, args } : { type: "command", command, args };
}

/** Hooks in the order in which they run for one event. */
export const inOrder = (a: Hook, b: Hook): number =>
  a.priority - b.priority || compare(a.created_at, b.created_at) || compare(a.hook_id, b.hook_id);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
