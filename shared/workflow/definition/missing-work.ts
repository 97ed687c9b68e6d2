import type { DefinitionPaths } from "./dialect.ts";
import { type Issue, issue } from "./issue.ts";
import type { Task } from "./task-definition.ts";

const WORK = ["agent", "workflow", "emit_event", "pattern"] as const;

/** Finds tasks that say nothing to do, or more than one thing. Holding others back is something to do as well. */
export function missingWork(tasks: readonly Task[], paths: DefinitionPaths): Issue[] {
  return tasks.flatMap((task, index) => {
    const stated = [task.agent, task.workflow, task.emit, task.pattern].flatMap((work, kind) =>
      work === undefined ? [] : [WORK[kind]],
    );
    const isGate = task.waitFor !== undefined || task.approval !== undefined;
    if (stated.length === 1 || (stated.length === 0 && isGate)) return [];
    if (stated.length === 0) {
      return [
        issue({
          code: "MissingKey",
          severity: "error",
          message: `the key "agent" is missing: task "${task.id}" has nothing to do`,
          remedy: "add `agent`, `workflow`, `pattern` or `emit_event`; to hold others back, `wait_for_event` or `approval`",
          segments: paths.taskAgent(index),
        }),
      ];
    }
    return [
      issue({
        code: "ConflictingKeys",
        severity: "error",
        message: `task "${task.id}" has ${stated.join(" and ")}, but does one thing`,
        remedy: "keep one of them; make the others tasks of their own",
        segments: paths.task(index),
      }),
    ];
  });
}
