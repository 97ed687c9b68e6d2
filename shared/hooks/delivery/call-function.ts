import type { HookAction } from "../action.ts";
import type { HookOutcome } from "../hook-run.ts";
import { type ActionDeps, contextOf, type Delivery, failedTry } from "./delivery.ts";

type FunctionWish = Extract<HookAction, { type: "function" }>;

/** What stands before the name of a function of the account. */
export const LAMBDA = "lambda:";

/** Calls a function of the account that the deployment allows hooks to call. */
export async function callFunction(deps: ActionDeps, delivery: Delivery, { function: text, args }: FunctionWish): Promise<HookOutcome> {
  const name = text.slice(LAMBDA.length);
  if (!text.startsWith(LAMBDA) || !deps.functions.has(name)) return failedTry("FunctionNotAllowed", `hooks may not call '${text}' in this deployment`, false);
  const { payload, failed } = await deps.invoke(name, JSON.stringify({ ...contextOf(delivery), args }));
  const value: unknown = payload === "" ? null : JSON.parse(payload);
  if (!failed) return { status: "completed", output: value };
  return failedTry("FunctionFailed", `'${name}' failed: ${messageIn(value)}`, true);
}

const messageIn = (value: unknown): string =>
  typeof value === "object" && value !== null && "errorMessage" in value ? String(value.errorMessage) : "it said nothing";
