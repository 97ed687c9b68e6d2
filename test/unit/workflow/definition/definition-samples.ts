import { expect } from "vitest";
import { validateDefinition } from "../../../../shared/workflow/definition/validate-definition.ts";
import type { Issue } from "../../../../shared/workflow/definition/issue.ts";

/** Two roles; `a` uses the first. */
const agents = { worker: { type: "w", capabilities: ["work"] }, other: { type: "o" } };
/** A definition of these tasks. */
export const define = (tasks: readonly object[], more: object = {}): object => ({
  name: "demo",
  version: "1.0",
  agents,
  tasks,
  ...more,
});
/** A task. */
export const a = { id: "a", agent: "worker" };
/** A task that depends on `a`. */
export const b = (more: object) => ({ id: "b", agent: "other", depends_on: ["a"], ...more });
const says = ({ code, path, message }: Issue): string => `${code} ${path}: ${message}`;
/** The errors, one line each. */
export const errorsOf = (wire: object) => validateDefinition(wire).report.errors.map(says);
/** The warnings of a definition without errors. */
export const warningsOf = (wire: object) => {
  const { report } = validateDefinition(wire);
  expect(report.errors).toEqual([]);
  return report.warnings.map(says);
};
/** Turns a saga on. */
export const SAGA = { fault_tolerance: { saga_pattern: {} } };
