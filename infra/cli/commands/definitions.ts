import { type Command, Option } from "commander";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { tasksByLevel } from "../../../shared/workflow/plan/planner.ts";
import type { Plan } from "../../../shared/workflow/plan/plan.ts";
import type { CompiledWorkflow } from "../../../shared/workflow/compiler/compile-plan.ts";
import { planFile, readDefinition } from "../read-definition.ts";
import type { Session } from "../session.ts";
import { reportLines } from "../view/issues.ts";
import { planLines } from "../view/plan-drawing.ts";
import { GRAPH_FORMATS, type GraphFormat, graphText, MERMAID_EDGES } from "../view/plan-formats.ts";

/** `validate`, `plan` and `compile`: what can be said about a definition without a server. */
export function addDefinitionCommands(program: Command, session: Session): void {
  program
    .command("validate")
    .description("check a definition; every flaw with its place and remedy")
    .argument("<file>", "definition, YAML or JSON; - for standard input")
    .option("--json", "the report as JSON")
    .action((file: string, { json }: { json?: true }) => validate(session, file, json === true));
  program
    .command("plan")
    .description("show how a definition will run: levels, critical path, parallel degree, estimates")
    .argument("<file>", "definition, YAML or JSON; - for standard input")
    .option("--json", "the whole plan as JSON")
    .addOption(
      new Option("--format <format>", "the graph for people, Graphviz, graphlib or Mermaid")
        .choices(["text", ...GRAPH_FORMATS])
        .default("text")
        .conflicts("json"),
    )
    .action((file: string, options: PlanOptions) => showPlan(session, planFile(session, file).plan, options));
  program
    .command("compile")
    .description("print the state machines (Amazon States Language) of a definition")
    .argument("<file>", "definition, YAML or JSON; - for standard input")
    .option("--out <dir>", "write each machine to a file there")
    .option("--json", "all machines with their figures as one JSON object")
    .action((file: string, options: { out?: string; json?: true }) => {
      const { compiled } = planFile(session, file);
      if (options.json === true) printMachines(session, compiled);
      if (options.out !== undefined) writeMachines(session, compiled, options.out);
      else if (options.json !== true) showMachines(session, compiled);
    });
}

interface PlanOptions {
  readonly json?: true;
  readonly format: "text" | GraphFormat;
}

function showPlan(session: Session, plan: Plan, { json, format }: PlanOptions): void {
  if (json === true) return session.print(JSON.stringify({ ...plan, levels: tasksByLevel(plan) }, null, 2));
  if (format === "text") return session.print(...planLines(plan, session.paint));
  const edges = plan.tasks.reduce((sum, { needs }) => sum + needs.length, 0);
  if (format === "mermaid" && edges > MERMAID_EDGES) {
    session.remark(`# ${edges} edges: Mermaid draws ${MERMAID_EDGES} unless its maxEdges is raised`);
  }
  session.print(graphText(plan, format));
}

function validate(session: Session, file: string, asJson: boolean): void {
  const { definition, report } = readDefinition(session, file);
  if (asJson) return session.print(JSON.stringify(report, null, 2));
  session.print(...reportLines(report, session.paint));
  const { name, version, tasks } = definition;
  session.print(`${session.paint("green", "✓")} ${file} is valid: ${name} ${version}, ${tasks.length} tasks`);
}

type Machine = CompiledWorkflow["machines"][number];

const indented = ({ asl }: Machine): string => JSON.stringify(JSON.parse(asl), null, 2);

const figures = ({ key, taskCount, bytes, eventEstimate }: Machine): string =>
  `${key}: ${taskCount} tasks, ${bytes} bytes, about ${eventEstimate} history events`;

function showMachines({ print, remark }: Session, { machines }: CompiledWorkflow): void {
  for (const machine of machines) {
    remark(`# ${figures(machine)}`);
    print(indented(machine));
  }
}

function printMachines({ print }: Session, { name, version, planHash, machines }: CompiledWorkflow): void {
  const all = machines.map(({ asl, ...machine }) => ({ ...machine, asl: JSON.parse(asl) as unknown }));
  print(JSON.stringify({ name, version, planHash, machines: all }, null, 2));
}

function writeMachines({ remark }: Session, { name, machines }: CompiledWorkflow, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const machine of machines) {
    const file = path.join(folder, `${machine.key === "main" ? name : `${name}.${machine.key}`}.asl.json`);
    writeFileSync(file, `${indented(machine)}\n`);
    remark(`${file}: ${figures(machine)}`);
  }
}
