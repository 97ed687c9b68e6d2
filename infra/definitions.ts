import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type CompiledWorkflow, compilePlan } from "../shared/workflow/compiler/compile-plan.ts";
import { parseDefinition } from "../shared/workflow/definition/parse-definition.ts";
import { planWorkflow } from "../shared/workflow/plan/planner.ts";
import type { Plan } from "../shared/workflow/plan/plan.ts";

const FOLDER = fileURLToPath(new URL("../statemachines/definitions", import.meta.url));
const EXAMPLES = path.join(FOLDER, "examples");
const GENERATED = fileURLToPath(new URL("../statemachines/generated", import.meta.url));

/** A definition that ships with the app, ready to deploy. */
export interface ShippedWorkflow {
  readonly plan: Plan;
  readonly compiled: CompiledWorkflow;
}

/** Definitions of a folder, by file name. */
const filesIn = (folder: string): string[] =>
  readdirSync(folder).filter((file) => /\.workflow\.(ya?ml|json)$/.test(file)).sort().map((file) => path.join(folder, file));

/**
 * Reads, plans and compiles the definitions under `statemachines/definitions`, by file name; those under `examples` there too
 * if they are wanted.
 *
 * @throws {Error} a definition has flaws; the message lists file, line and remedy of each.
 */
export function loadShippedWorkflows({ examples }: { readonly examples: boolean }): readonly ShippedWorkflow[] {
  return [...filesIn(FOLDER), ...(examples ? filesIn(EXAMPLES) : [])].map((location) => {
    const file = path.basename(location);
    const { definition, report } = parseDefinition(readFileSync(location, "utf8"), { file });
    if (definition === undefined) {
      const flaws = report.errors.map(({ line, message, remedy }) => `  ${file}:${line}: ${message}; ${remedy}`);
      throw new Error(`definitions have flaws:\n${flaws.join("\n")}`);
    }
    const plan = planWorkflow(definition);
    return { plan, compiled: compilePlan(plan) };
  });
}

/** What the compiler makes of the shipped definitions, by file name under `statemachines/generated`. */
export function generatedFiles(workflows: readonly ShippedWorkflow[]): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const { compiled } of workflows) {
    for (const { key, asl } of compiled.machines) {
      const name = key === "main" ? compiled.name : `${compiled.name}.${key}`;
      files.set(`${name}.asl.json`, `${JSON.stringify(JSON.parse(asl), null, 2)}\n`);
    }
  }
  return files;
}

/** Rewrites `statemachines/generated`; a golden test holds the committed files to it. */
export function writeGenerated(): void {
  rmSync(GENERATED, { recursive: true, force: true });
  mkdirSync(GENERATED, { recursive: true });
  for (const [file, text] of generatedFiles(loadShippedWorkflows({ examples: true }))) writeFileSync(path.join(GENERATED, file), text);
}

if (import.meta.main) writeGenerated();
