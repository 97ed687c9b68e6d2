import type { Construct } from "constructs";

/** How this deployment is called: resources are named `a2a-<stage>-…`. */
export interface Deployment {
  readonly stage: string;
  /** Tenant that owns the workflows under `statemachines/definitions`. */
  readonly tenant: string;
}

/** Reads `-c stage=… -c tenant=…` with their defaults. */
export function readDeployment(scope: Construct): Deployment {
  const text = (key: string, fallback: string): string => {
    const value: unknown = scope.node.tryGetContext(key);
    return typeof value === "string" ? value : fallback;
  };
  return { stage: text("stage", "dev"), tenant: text("tenant", "default") };
}

/** Name of a resource; the prefix is what roles are scoped to. */
export const nameOf = ({ stage }: Deployment, ...parts: readonly string[]): string => ["a2a", stage, ...parts].join("-");
