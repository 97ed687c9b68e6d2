import type { Construct } from "constructs";

/** How this deployment is called: resources are named `a2a-<stage>-…`. */
export interface Deployment {
  readonly stage: string;
  /** Tenant that owns the workflows under `statemachines/definitions`. */
  readonly tenant: string;
  /** The account's functions that hooks may call, by name. */
  readonly hookFunctions: readonly string[];
}

/** Reads `-c stage=… -c tenant=… -c hookFunctions=…,…` with their defaults. */
export function readDeployment(scope: Construct): Deployment {
  const text = (key: string, fallback: string): string => {
    const value: unknown = scope.node.tryGetContext(key);
    return typeof value === "string" ? value : fallback;
  };
  const hookFunctions = text("hookFunctions", "").split(",").filter((name) => name !== "");
  return { stage: text("stage", "dev"), tenant: text("tenant", "default"), hookFunctions };
}

/** Name of a resource; the prefix is what roles are scoped to. */
export const nameOf = ({ stage }: Deployment, ...parts: readonly string[]): string => ["a2a", stage, ...parts].join("-");
