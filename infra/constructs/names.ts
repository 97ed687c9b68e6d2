import type { Construct } from "constructs";
import { PROGRAMS } from "../../shared/hooks/command/programs.ts";
import { Runner } from "../../shared/workflow/definition/workflow-definition.ts";

/** How this deployment is called: resources are named `a2a-<stage>-…`. */
export interface Deployment {
  readonly stage: string;
  /** Tenant that owns the workflows under `statemachines/definitions`. */
  readonly tenant: string;
  /** The account's functions that hooks may call, by name. */
  readonly hookFunctions: readonly string[];
  /** Programs that commands of hooks may call. @default - commands are not offered */
  readonly hookCommands?: readonly string[] | undefined;
  /** ARN of a version of the layer that holds them, under `/opt/tools/bin`. @default - those that Lambda's image has */
  readonly hookTools?: string | undefined;
  /** Name of the secret whose key signs the deployment's agent cards. @default - they are not signed */
  readonly cardKey?: string | undefined;
  /** What carries the runs of definitions that do not say. @default "machine" */
  readonly runner?: Runner | undefined;
  /** Whether the workflows under `statemachines/definitions/examples` are deployed as well. */
  readonly examples: boolean;
}

/** Secrets of agents and hooks are named by tenants: a key of ours must not be one of these. */
const CARD_KEY = /^a2a\/card\/[\w/+=.@-]{1,400}$/;

/**
 * Reads `-c stage=… -c tenant=… -c hookFunctions=…,… -c hookCommands=…,… -c hookTools=… -c cardKey=… -c runner=…` with their defaults.
 *
 * @throws {Error} `hookCommands` names a program that commands may not call; `cardKey` is not a secret's name that begins `a2a/card/`, or there is no such `runner`.
 */
export function readDeployment(scope: Construct): Deployment {
  const text = (key: string, fallback: string): string => {
    const value: unknown = scope.node.tryGetContext(key);
    return typeof value === "string" ? value : fallback;
  };
  const hookFunctions = text("hookFunctions", "").split(",").filter((name) => name !== "");
  const hookCommands = text("hookCommands", "").split(",").filter((name) => name !== "");
  const unknown = hookCommands.find((name) => !Object.hasOwn(PROGRAMS, name));
  if (unknown !== undefined) throw new Error(`hookCommands=${unknown}: say some of ${Object.keys(PROGRAMS).join(", ")}`);
  const hookTools = text("hookTools", "");
  const cardKey = text("cardKey", "");
  if (cardKey !== "" && !CARD_KEY.test(cardKey)) throw new Error(`cardKey=${cardKey}: name a secret whose name begins with a2a/card/`);
  const { data: runner } = Runner.safeParse(text("runner", "machine"));
  if (runner === undefined) throw new Error(`runner=${text("runner", "")}: say one of ${Runner.options.join(", ")}`);
  const examples = text("examples", "false");
  if (examples !== "true" && examples !== "false") throw new Error(`examples=${examples}: say one of true, false`);
  const parts = { hookFunctions, hookCommands, ...(hookTools === "" ? {} : { hookTools }), runner, examples: examples === "true", ...(cardKey === "" ? {} : { cardKey }) };
  return { stage: text("stage", "dev"), tenant: text("tenant", "default"), ...parts };
}

/** What carries a workflow's runs here. */
export const runnerHere = ({ runner = "machine" }: Deployment, plan: { readonly runner?: Runner | undefined }): Runner => plan.runner ?? runner;

/** Name of a resource; the prefix is what roles are scoped to. */
export const nameOf = ({ stage }: Deployment, ...parts: readonly string[]): string => ["a2a", stage, ...parts].join("-");
