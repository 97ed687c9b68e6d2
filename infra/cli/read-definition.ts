import { InvalidDefinitionError } from "../../shared/core/errors.ts";
import { UncompilablePlanError } from "../../shared/workflow/plan/errors.ts";
import { type CompiledWorkflow, compilePlan } from "../../shared/workflow/compiler/compile-plan.ts";
import { parseDefinition, type ParseResult } from "../../shared/workflow/definition/parse-definition.ts";
import { IssueList } from "../../shared/workflow/definition/issue-list.ts";
import { planWorkflow } from "../../shared/workflow/plan/planner.ts";
import { SourceText } from "../../shared/workflow/definition/source-text.ts";
import { WRAPPERS } from "../../shared/workflow/definition/wrappers.ts";
import type { Plan } from "../../shared/workflow/plan/plan.ts";
import type { WorkflowDefinition } from "../../shared/workflow/definition/workflow-definition.ts";
import { UserError } from "./failures.ts";
import { readText, type Session } from "./session.ts";
import { reportLines } from "./view/issues.ts";

/** A definition file that holds no errors. */
export interface CheckedDefinition {
  readonly text: string;
  readonly definition: WorkflowDefinition;
  readonly report: ParseResult["report"];
}

/** @throws {UserError} the file has flaws: all of them, each with place and remedy. */
export function readDefinition(session: Session, file: string): CheckedDefinition {
  const text = readText(session, file);
  const { definition, report } = parseDefinition(text, { file });
  if (definition !== undefined) return { text, definition, report };
  const count = report.errors.length === 1 ? "1 error" : `${report.errors.length} errors`;
  throw new UserError([...reportLines(report, session.paint), `${file} is not valid: ${count}`]);
}

/** @throws {UserError} the file has flaws, or does not fit state machines. */
export function planFile(session: Session, file: string): { plan: Plan; compiled: CompiledWorkflow } {
  const { definition } = readDefinition(session, file);
  try {
    const plan = planWorkflow(definition);
    return { plan, compiled: compilePlan(plan) };
  } catch (error) {
    if (!(error instanceof InvalidDefinitionError || error instanceof UncompilablePlanError)) throw error;
    throw new UserError([`${file}: ${error.message}`], { cause: error });
  }
}

/** A checked definition as the body of an inline execution: `workflow` or `workflow_definition`, as its dialect is. */
export function inlineBody(text: string, file: string): Record<string, unknown> {
  const source = new SourceText(text, file.endsWith(".json") ? "json" : "yaml");
  // `version: 1.10` is a number to YAML; its author wrote a version.
  for (const at of [["version"], ...WRAPPERS.map((wrapper) => [wrapper, "version"])]) source.readAsText(at);
  const value = source.value(new IssueList());
  if (typeof value !== "object" || value === null) throw new TypeError("a checked definition is an object");
  const wrapper = WRAPPERS.find((name) => Object.hasOwn(value, name));
  if (wrapper !== undefined) return { [wrapper]: Reflect.get(value, wrapper) };
  return Object.hasOwn(value, "stages") ? { workflow_definition: value } : { workflow: value };
}
