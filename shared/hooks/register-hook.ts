import { InvalidRequestError } from "../core/errors.ts";
import type { HookAction } from "./action.ts";
import { splitCommand } from "./command/command-line.ts";
import { flawOfProgram, PROGRAMS } from "./command/programs.ts";
import { type Hook, type HookBody, HookRetryPolicy, wishOf } from "./hook.ts";
import { HOOK_LIMITS } from "./limits.ts";
import { flawOfBuiltIn } from "./built-in/built-ins.ts";
import { type HookTrigger, isBlocking } from "./trigger.ts";

/** What a deployment lets hooks do. */
export interface HookGround {
  readonly tenant: string;
  /** Functions of the account that hooks may call. */
  readonly functions: ReadonlySet<string>;
  /** Programs that commands may call. */
  readonly commands: ReadonlySet<string>;
  /** Says why a URL must not be posted to; nothing when it may. */
  readonly refuseUrl: (url: string) => string | undefined;
}

const refuse = (field: string, message: string): InvalidRequestError => new InvalidRequestError([{ field: `body.${field}`, message }]);

/**
 * Makes a hook of what a caller says, with everything filled in.
 *
 * @throws {InvalidRequestError} the deployment cannot do what the hook is to do.
 */
export function hookOf(body: HookBody, stamp: Pick<Hook, "hook_id" | "created_at" | "created_by" | "updated_at" | "updated_by">, ground: HookGround): Hook {
  const { action: _, command: __, args: ___, timeout_ms: ms, ...rest } = body;
  const { trigger, severity = trigger === "pre_command" ? "critical" : "warning" } = body;
  return {
    ...rest,
    ...stamp,
    severity,
    action: allowed(wishOf(body), ground, trigger),
    timeout_seconds: body.timeout_seconds ?? (ms === undefined ? HOOK_LIMITS.timeoutSeconds : ms / 1000),
    // Something waits for a blocking hook: it is tried again only where it says so.
    retry_policy: body.retry_policy ?? HookRetryPolicy.parse(isBlocking(trigger) ? { max_attempts: 1 } : {}),
  };
}

function allowed(wish: HookAction, ground: HookGround, trigger: HookTrigger): HookAction {
  switch (wish.type) {
    case "command":
      return allowedCommand(wish, ground);
    case "function":
      return allowedFunction(wish, ground, trigger);
    case "webhook":
      return allowedWebhook(wish, ground);
    case "agent":
      return wish;
    default:
      return wish satisfies never;
  }
}

function allowedCommand(wish: Extract<HookAction, { type: "command" }>, { commands }: HookGround): HookAction {
  if (commands.size === 0) throw refuse("action.type", `commands are not offered by this deployment: deploy with -c hookCommands=${Object.keys(PROGRAMS).join(",")}, or call a webhook, an agent or a function`);
  const line = splitCommand(wish.command, wish.args);
  if ("flaw" in line) throw refuse("action.command", line.flaw);
  const flaw = flawOfProgram(line.argv, commands);
  if (flaw !== undefined) throw refuse("action.command", flaw);
  return wish;
}

function allowedFunction(wish: Extract<HookAction, { type: "function" }>, { functions }: HookGround, trigger: HookTrigger): HookAction {
  const [kind, name = ""] = wish.function.split(":");
  if (kind === "builtin") {
    const flaw = flawOfBuiltIn(name, { trigger, args: wish.args });
    if (flaw === undefined) return wish;
    throw refuse(flaw.field === "trigger" ? flaw.field : `action.${flaw.field}`, flaw.message);
  }
  if (functions.has(name)) return wish;
  const known = functions.size === 0 ? "none is allowed" : `allowed are ${[...functions].join(", ")}`;
  throw refuse("action.function", `'${wish.function}' may not be called: ${known}; deploy with -c hookFunctions=${name}`);
}

function allowedWebhook(wish: Extract<HookAction, { type: "webhook" }>, { refuseUrl, tenant }: HookGround): HookAction {
  const flaw = refuseUrl(wish.url);
  if (flaw !== undefined) throw refuse("action.url", flaw);
  if (wish.secret_arn === undefined || isHookSecretOf(tenant, wish.secret_arn)) return wish;
  throw refuse("action.secret_arn", `must be the ARN of a secret named a2a/hooks/${tenant}/…`);
}

/** Whether a secret is a tenant's own for hooks: tenants name secrets themselves, and must not reach another's. */
export const isHookSecretOf = (tenant: string, arn: string): boolean => arn.split(":")[6]?.startsWith(`a2a/hooks/${tenant}/`) ?? false;
