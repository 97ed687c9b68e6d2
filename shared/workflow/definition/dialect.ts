import type { Issue, IssuePath } from "./issue.ts";
import type { TaskPart } from "./task-parts.ts";
import type { WorkflowDefinition } from "./workflow-definition.ts";

/** Where things of the canonical model stand in the text they were read from. Task numbers are canonical indices. */
export interface DefinitionPaths {
  readonly tasks: () => IssuePath;
  readonly task: (index: number) => IssuePath;
  readonly taskId: (index: number) => IssuePath;
  readonly taskAgent: (index: number) => IssuePath;
  readonly taskSkill: (index: number) => IssuePath;
  readonly taskTimeout: (index: number) => IssuePath;
  readonly taskPart: (index: number, part: TaskPart) => IssuePath;
  readonly dependency: (index: number, position: number) => IssuePath;
  readonly role: (name: string) => IssuePath;
  readonly version: () => IssuePath;
  readonly coordination: () => IssuePath;
  /** A field at the top of the workflow. */
  readonly top: (name: "budget" | "triggers" | "outputs") => IssuePath;
  readonly constraint: (name: "max_agents" | "max_cpu" | "max_memory") => IssuePath;
}

/** A dialect's answer: the canonical model, how to find its parts again, and what the reading itself noticed. */
export interface DialectReading {
  readonly definition: WorkflowDefinition;
  readonly paths: DefinitionPaths;
  readonly issues: readonly Issue[];
}
