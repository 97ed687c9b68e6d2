import type { Command } from "commander";
import { PlannedWorkflow, WorkflowPage, type WorkflowView } from "../../../shared/workflow/views/workflows.ts";
import { callApi } from "../client/api-client.ts";
import { readDefinition } from "../read-definition.ts";
import type { Session } from "../session.ts";
import { tableLines } from "../view/table.ts";
import { addAgentCommands } from "./agents.ts";
import { addLimitCommands } from "./limits.ts";
import { addPatternCommands } from "./patterns.ts";
import { addRouteCommands, addSourceCommands } from "./routing.ts";

interface JsonOption {
  readonly json?: true;
}

/** `agents`, `limits`, `routes`, `registries`, `workflows` and `deploy`. */
export function addRegistryCommands(program: Command, session: Session): void {
  addAgentCommands(program, session);
  addLimitCommands(program, session);
  addPatternCommands(program, session);
  addRouteCommands(program, session);
  addSourceCommands(program, session);
  program
    .command("workflows")
    .description("list deployed workflows")
    .option("--json", "as JSON")
    .action(({ json }: JsonOption) => listWorkflows(session, json === true));
  program
    .command("deploy")
    .description("validate, plan, compile and deploy a definition")
    .argument("<file>", "definition, YAML or JSON; - for standard input")
    .action((file: string) => deploy(session, file));
}

async function listWorkflows(session: Session, asJson: boolean): Promise<void> {
  const workflows: WorkflowView[] = [];
  let cursor: string | undefined;
  do {
    const page = await callApi(session.connection(), { path: "/api/v1/workflows", query: { cursor } }, WorkflowPage);
    workflows.push(...page.workflows);
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  if (asJson) return session.print(JSON.stringify(workflows, null, 2));
  const titles = ["WORKFLOW", "VERSION", "PATTERN", "PRIORITY", "TASKS", "CREATED"].map((title) => ({ title }));
  const rows = workflows.map((entry) => [
    entry.workflow_id,
    entry.version,
    entry.orchestration_pattern,
    entry.priority,
    String(entry.task_count),
    entry.created_at,
  ]);
  session.print(...tableLines(titles, rows, session.paint));
}

async function deploy(session: Session, file: string): Promise<void> {
  const { text } = readDefinition(session, file);
  const type = file.endsWith(".json") || /^\s*\{/.test(text) ? "application/json" : "application/yaml";
  const call = { method: "POST", path: "/api/v1/workflows", text: { content: text, type } } as const;
  const { workflow_id: id, version, task_count: tasks } = await callApi(session.connection(), call, PlannedWorkflow);
  session.print(`${session.paint("green", "✓")} deployed ${id} ${version}, ${tasks} tasks; run it: a2a run ${id}`);
}
