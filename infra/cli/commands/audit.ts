import type { Command } from "commander";
import { AuditView, ReplayView } from "../../../shared/execution/views/audit.ts";
import { callApi } from "../client/api-client.ts";
import { UsageError, UserError } from "../failures.ts";
import type { Session } from "../session.ts";
import { tableLines } from "../view/table.ts";
import { printable } from "../view/text.ts";

/** `verify` and `replay`. */
export function addAuditCommands(program: Command, session: Session): void {
  program
    .command("verify")
    .description("prove that an execution's history is whole and leads to its state; fails at the first defect")
    .argument("<execution>")
    .option("--json", "as JSON")
    .action((execution: string, { json }: { json?: true }) => verify(session, execution, json === true));
  program
    .command("replay")
    .description("an execution as it stood at a moment, rebuilt from its events alone")
    .argument("<execution>")
    .option("--at <time>", "ISO 8601, such as 2026-11-21T10:00:00Z (default: now)")
    .option("--json", "as JSON")
    .action((execution: string, options: ReplayOptions) => replay(session, execution, options));
}

async function verify(session: Session, execution: string, asJson: boolean): Promise<void> {
  const path = `/api/v1/executions/${encodeURIComponent(execution)}/audit`;
  const audit = await callApi(session.connection(), { path }, AuditView);
  if (asJson) session.print(JSON.stringify(audit, null, 2));
  const flaws = [...defectLines(execution, audit), ...differenceLines(execution, audit)];
  if (flaws.length > 0) throw new UserError(flaws);
  if (asJson) return;
  const late = audit.unchained === 0 ? "" : `, ${audit.unchained} more not chained yet`;
  session.print(
    `✓ ${execution}: ${audit.length} events, none altered, lost or slipped in${late}`,
    "✓ replaying them gives the state on record",
    `head ${audit.head_hash}`,
  );
}

function defectLines(execution: string, { first_defect: defect, length }: AuditView): string[] {
  if (defect === undefined) return [];
  const { kind, index, link, event, expected, actual } = defect;
  const what = kind.replaceAll("_", " ");
  const lines = [
    `a2a: the history of ${execution} does not verify: ${what} at ${index} (sound before ${length})`,
    ...(event === undefined ? [] : [`  event    ${event}`]),
    ...(link === undefined ? [] : [`  link     ${link}`]),
    ...(expected === undefined ? [] : [`  expected ${expected}`]),
    ...(actual === undefined ? [] : [`  actual   ${actual}`]),
  ];
  return lines.map(printable);
}

function differenceLines(execution: string, { replay: found }: AuditView): string[] {
  const { consistent, difference_count: count, differences } = found;
  if (consistent) return [];
  const lines = differences.map(({ task_id: task, field, replayed, stored }) => {
    const who = task === null ? "execution" : `task '${task}'`;
    return `  ${who}: ${field} is ${stored ?? "absent"}, by its events ${replayed ?? "absent"}`;
  });
  const more = count > differences.length ? [`  and ${count - differences.length} more`] : [];
  const title = `a2a: the events of ${execution} do not lead to its state: ${count} differences`;
  return [title, ...lines.map(printable), ...more];
}

interface ReplayOptions {
  readonly at?: string;
  readonly json?: true;
}

async function replay(session: Session, execution: string, { at, json }: ReplayOptions): Promise<void> {
  const path = `/api/v1/executions/${encodeURIComponent(execution)}/replay`;
  const past = await callApi(session.connection(), { path, query: { at: isoTime(at) } }, ReplayView);
  if (json === true) return session.print(JSON.stringify(past, null, 2));
  session.print(`${execution} at ${past.at}: ${past.status ?? "not submitted yet"}, run ${past.run}`);
  if (past.tasks.length === 0) return;
  session.print(...tableLines(COLUMNS, past.tasks.map(taskRow), session.paint));
}

const COLUMNS = [
  { title: "TASK" },
  { title: "STATUS" },
  { title: "ATTEMPT", align: "right" },
  { title: "AGENT" },
  { title: "SETTLED" },
] as const;

const taskRow = (task: ReplayView["tasks"][number]): string[] => [
  task.task_id,
  task.error_code === null ? task.status : `${task.status}: ${task.error_code}`,
  String(task.attempt),
  task.agent_id ?? "",
  task.settled_at ?? "",
];

function isoTime(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new UsageError(`'${text}' is not a time; write it as 2026-11-21T10:00:00Z`);
  return new Date(time).toISOString();
}
