import { derived } from "./derive-method.ts";
import type { RpcMethod } from "./rpc-method.ts";
import type { Operations } from "./specified-methods.ts";

const NAMES: readonly (readonly [name: string, operationId: string])[] = [
  ["hooks.register", "registerHook"],
  ["hooks.list", "listHooks"],
  ["hooks.get", "getHook"],
  ["hooks.update", "replaceHook"],
  ["hooks.enable", "enableHook"],
  ["hooks.delete", "deleteHook"],
  ["hooks.execute", "executeHook"],
  ["hooks.executions", "listHookExecutions"],
  ["hooks.execution", "getHookExecution"],
  ["hooks.deadLetters", "listDeadHookExecutions"],
  ["hooks.redrive", "redriveHookExecution"],
];

const SAYS_WHAT_IT_IS: ReadonlySet<string> = new Set(["hooks.register", "hooks.update"]);

/** Methods about hooks, with the codes of spec 004 §4.3. */
export const hookMethods = (operation: Operations): readonly RpcMethod[] =>
  NAMES.map(([name, operationId]): RpcMethod => {
    const method = { ...derived(name, operation(operationId)), refusals: { NotFound: "HookNotFound", Conflict: "HookNameConflict" } as const };
    if (!SAYS_WHAT_IT_IS.has(name)) return method;
    return { ...method, flaws: { trigger: "InvalidTrigger", action: "InvalidAction" }, mayRefuse: ["InvalidTrigger", "InvalidAction"] };
  });
