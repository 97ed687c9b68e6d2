import type { HookOutcome } from "../hook-run.ts";
import { HOOK_LIMITS } from "../limits.ts";
import { BUILT_IN } from "../built-in/built-ins.ts";
import { askAgent } from "./ask-agent.ts";
import { callBuiltIn } from "./built-in/call-built-in.ts";
import { callFunction } from "./call-function.ts";
import { callCommand } from "./call-command.ts";
import { type ActionDeps, type Delivery, failedTry, outcomeOfError } from "./delivery.ts";
import { postWebhook } from "./webhook.ts";

/** A try without what ends it. */
export type Order = Omit<Delivery, "signal" | "timeoutMs">;

/** Does what a hook does, for as long as its time lasts; whatever comes of it is a value. */
export async function perform(deps: ActionDeps, order: Order): Promise<HookOutcome> {
  const timeoutMs = order.hook.timeout_seconds * 1000;
  const end = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<HookOutcome>((resolve) => {
    timer = setTimeout(() => {
      end.abort();
      const message = `it was not done after ${order.hook.timeout_seconds} s; raise its timeout_seconds, or have it answer sooner`;
      resolve({ status: "timeout", error: { code: "HookTimedOut", message }, retryable: true });
    }, timeoutMs);
  });
  try {
    return fitting(await Promise.race([act(deps, { ...order, signal: end.signal, timeoutMs }), over]));
  } finally {
    clearTimeout(timer);
  }
}

async function act(deps: ActionDeps, delivery: Delivery): Promise<HookOutcome> {
  const { action } = delivery.hook;
  try {
    switch (action.type) {
      case "webhook":
        return await postWebhook(deps, delivery, action);
      case "agent":
        return await askAgent(deps, delivery, action);
      case "function":
        return await (action.function.startsWith(BUILT_IN) ? callBuiltIn : callFunction)(deps, delivery, action);
      case "command":
        return await callCommand(deps, delivery, action);
      default:
        return action satisfies never;
    }
  } catch (error) {
    return outcomeOfError(error);
  }
}

/** An output is kept with its run, so it must fit there. */
function fitting(outcome: HookOutcome): HookOutcome {
  if (outcome.status !== "completed") return outcome;
  const bytes = Buffer.byteLength(JSON.stringify(outcome.output) ?? "");
  if (bytes <= HOOK_LIMITS.outputBytes) return outcome;
  return failedTry("HookOutputTooLarge", `its output has ${bytes} bytes, more than ${HOOK_LIMITS.outputBytes}`, false);
}
