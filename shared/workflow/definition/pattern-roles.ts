import { rolesOfUse } from "../../patterns/planned-pattern.ts";
import type { WorkflowDefinition } from "./workflow-definition.ts";

/** The roles that play a part in the patterns of a definition's tasks, and those that judge them. */
export function patternRoles({ tasks, agents, supervision }: Pick<WorkflowDefinition, "tasks" | "agents" | "supervision">): readonly string[] {
  const members = tasks.flatMap(({ pattern }) => (pattern === undefined ? [] : rolesOfUse(pattern, agents)));
  return [...members, ...(supervision?.supervisors ?? [])];
}
