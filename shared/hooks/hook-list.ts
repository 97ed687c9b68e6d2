import type { Hook } from "./hook.ts";
import { HOOK_LIMITS } from "./limits.ts";

/** As long as a whole list may take, with all its tries and the pauses between them. */
export const secondsOfHooks = (hooks: readonly Hook[]): number => hooks.reduce((sum, hook) => sum + secondsOf(hook), 0);

const secondsOf = ({ timeout_seconds: each, retry_policy: { max_attempts: tries, max_delay_seconds: pause } }: Hook): number =>
  tries * (each + pause + HOOK_LIMITS.marginSeconds);
