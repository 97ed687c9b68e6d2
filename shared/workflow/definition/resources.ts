import type { AgentResources } from "./task-definition.ts";
import type { WorkflowDefinition } from "./workflow-definition.ts";

const BYTES_PER_GB = 1e9;

/** What all agents of the roles in use take together. Roles that no task names do not count. */
export interface RequiredResources {
  readonly agentsRequired: number;
  readonly cpuCores: number;
  readonly memoryGb: number;
}

interface Roles {
  readonly agents: WorkflowDefinition["agents"];
  readonly tasks: readonly { readonly agent?: string | undefined }[];
  /** Roles in use besides those that tasks name. */
  readonly others?: readonly string[];
}

/** Sums agents and their resources over the roles in use. Amounts that a role does not state count as nothing. */
export function requiredResources({ agents, tasks, others = [] }: Roles): RequiredResources {
  const used = new Set<string | undefined>([...others, ...tasks.map(({ agent }) => agent)]);
  const roles = Object.entries(agents).filter(([role]) => used.has(role));
  const sum = (amount: (resources: AgentResources) => number | undefined): number =>
    roles.reduce((total, [, { count, resources }]) => total + count * (amount(resources) ?? 0), 0);
  return {
    agentsRequired: roles.reduce((total, [, { count }]) => total + count, 0),
    cpuCores: rounded(sum(({ cpuCores }) => cpuCores)),
    memoryGb: rounded(sum(({ memoryBytes }) => memoryBytes) / BYTES_PER_GB),
  };
}

/** Three decimals: a millicore, a megabyte. */
function rounded(amount: number): number {
  return Math.round(amount * 1000) / 1000;
}
