import { rolesOfUse } from "../../patterns/planned-pattern.ts";
import type { WorkflowDefinition } from "./workflow-definition.ts";

/** The roles that play a part in the patterns of a definition's tasks. */
export function patternRoles({ tasks, agents }: Pick<WorkflowDefinition, "tasks" | "agents">): readonly string[] {
  return tasks.flatMap(({ pattern }) => (pattern === undefined ? [] : rolesOfUse(pattern, agents)));
}
