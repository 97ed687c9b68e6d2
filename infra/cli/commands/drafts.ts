import type { Command } from "commander";
import { ExpressionTrial } from "../../../shared/expression/try-expression.ts";
import type { Report } from "../../../shared/workflow/plan/planning.ts";
import { PlanPreview } from "../../../shared/workflow/views/workflows.ts";
import { callApi } from "../client/api-client.ts";
import { UserError } from "../failures.ts";
import { parseJson, readText, type Session } from "../session.ts";
import { reportLines } from "../view/issues.ts";
import { formatSeconds } from "../view/text.ts";

/** `preview` and `eval`: what a deployment says of something that is not saved. */
export function addDraftCommands(program: Command, session: Session): void {
  program
    .command("preview")
    .description("ask the deployment how a definition would run there: its agents and versions are looked at as well")
    .argument("<file>", "definition, YAML or JSON; - for standard input")
    .option("--json", "the whole answer as JSON")
    .action((file: string, { json }: { json?: true }) => preview(session, file, json === true));
  program
    .command("eval")
    .description("evaluate an expression for example data, such as: a2a eval 'input.n + 1' '{\"input\":{\"n\":1}}'")
    .argument("<expression>", "as in a definition")
    .argument("[example]", "JSON object of values by variable", "{}")
    .action((expression: string, example: string) => evaluate(session, expression, parseJson(example, "the example")));
}

async function preview(session: Session, file: string, asJson: boolean): Promise<void> {
  const content = readText(session, file);
  const type = file.endsWith(".json") || /^\s*\{/.test(content) ? "application/json" : "application/yaml";
  const call = { method: "POST", path: "/api/v1/workflows/plan", text: { content, type } } as const;
  const answer = await callApi(session.connection(), call, PlanPreview);
  if (asJson) session.print(JSON.stringify(answer, null, 2));
  const findings = asJson ? [] : reportLines(inFile(answer.validation_report, file), session.paint);
  if (answer.plan === undefined) throw new UserError([...findings, `${file} is not valid`]);
  if (!asJson) session.print(...findings, ...previewLines(session, answer.plan));
}

type Shown = NonNullable<PlanPreview["plan"]>;

function previewLines({ paint }: Session, plan: Shown): string[] {
  const { critical_path: path, estimated_resources: resources, estimated_cost: cost } = plan;
  const agents = resources.agents_required === undefined ? "" : `, ${resources.agents_required} agents`;
  return [
    `${paint("bold", plan.workflow_id)} ${plan.version}  ${plan.task_count} tasks, ${plan.levels.length} levels, ${plan.priority} priority`,
    `critical path    ${formatSeconds(path.seconds)}: ${path.tasks.join(" → ")}`,
    `estimate         ${formatSeconds(resources.estimated_duration_seconds)}${cost === undefined ? "" : `, cost ${cost.toFixed(2)}`}${agents}`,
    ...plan.tasks.flatMap(({ id, pattern }) =>
      pattern === undefined ? [] : [`${id.padEnd(16)} ${pattern.name}, at most ${pattern.max_calls} calls`],
    ),
  ];
}

/** Findings of the deployment carry the name that the text had there. */
function inFile(report: Report, file: string) {
  const placed = (findings: Report["errors"]) =>
    findings.map(({ line = 1, column = 1, ...finding }) => ({ ...finding, line, column, file }));
  return { errors: placed(report.errors), warnings: placed(report.warnings), optimizations: placed(report.optimizations) };
}

async function evaluate(session: Session, expression: string, example: unknown): Promise<void> {
  const call = { method: "POST", path: "/api/v1/expressions/try", body: { expression, example } } as const;
  const { error, value } = await callApi(session.connection(), call, ExpressionTrial);
  if (error === undefined) return session.print(JSON.stringify(value, null, 2));
  const { position, message } = error;
  const mark = position === undefined ? [] : [expression.split("\n")[position.line - 1] ?? "", `${" ".repeat(position.column - 1)}^`];
  throw new UserError([...mark, `a2a: ${message}`]);
}
