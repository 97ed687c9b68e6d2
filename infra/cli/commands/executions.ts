import type { Command } from "commander";
import { type LogLine, logLineOf, LogPage } from "../../../shared/execution/views/events.ts";
import { ExecutionDetails, ExecutionPage } from "../../../shared/execution/views/executions.ts";
import { ExecutionOutput } from "../../../shared/execution/views/outputs.ts";
import { StageStatus } from "../../../shared/execution/views/status.ts";
import { AttemptTranscript } from "../../../shared/execution/views/transcripts.ts";
import { AnswerTaken, TaskDetails } from "../../../shared/execution/views/tasks.ts";
import { callApi } from "../client/api-client.ts";
import { download } from "../client/download.ts";
import { followEvents } from "../client/follow-execution.ts";
import { UserError } from "../failures.ts";
import { parseJson, readText, type Session } from "../session.ts";
import { progressLines } from "../view/progress.ts";
import { tableLines } from "../view/table.ts";
import { printable, usageText } from "../view/text.ts";
import { transcriptLines } from "../view/transcript-lines.ts";
import { taskCommand } from "./task-control.ts";

/** `executions`, `show`, `output`, `transcript`, `logs` and `answer`. */
export function addExecutionCommands(program: Command, session: Session): void {
  program
    .command("executions")
    .description("list executions, newest first")
    .option("--status <status>", "submitted, queued, running, paused, completed, failed or cancelled")
    .option("--workflow <name>")
    .option("--limit <n>", "at most so many", "20")
    .option("--json", "as JSON")
    .action((options: ListOptions) => list(session, options));
  program
    .command("show")
    .description("an execution and its tasks as they stand")
    .argument("<execution>")
    .option("--json", "as JSON")
    .action((execution: string, { json }: { json?: true }) => show(session, execution, json === true));
  addTaskCommands(program, session);
}

function addTaskCommands(program: Command, session: Session): void {
  program
    .command("output")
    .description("print the output of a completed execution, or of one of its tasks, as JSON")
    .argument("<execution>")
    .argument("[task]")
    .action((execution: string, task?: string) =>
      task === undefined ? printOutput(session, execution) : printTaskOutput(session, execution, task),
    );
  program
    .command("transcript")
    .description("print what was sent to a task's agent and heard from it, as far as it is kept: of failed attempts always")
    .argument("<execution>")
    .argument("<task>")
    .option("--attempt <n>", "of this attempt, counted from 1 (default: the latest)")
    .option("--json", "as JSON")
    .action((execution: string, task: string, options: TranscriptOptions) => printTranscript(session, { execution, task, ...options }));
  program
    .command("logs")
    .description("print an execution's history, oldest first")
    .argument("<execution>")
    .option("--follow", "go on with what happens until the execution is over")
    .option("--json", "one JSON object per line")
    .action((execution: string, options: LogOptions) => printLogs(session, execution, options));
  taskCommand(program, "input")
    .argument("<input>", "JSON, or plain text; @file reads a file, - standard input")
    .action((execution: string, task: string, input: string) => answer(session, { execution, task, input }));
}

interface TranscriptOptions {
  readonly attempt?: string;
  readonly json?: true;
}

interface ListOptions {
  readonly status?: string;
  readonly workflow?: string;
  readonly limit: string;
  readonly json?: true;
}

interface LogOptions {
  readonly follow?: true;
  readonly json?: true;
}

const pathOf = (execution: string): string => `/api/v1/executions/${encodeURIComponent(execution)}`;
const taskPath = (execution: string, task: string): string => `${pathOf(execution)}/tasks/${encodeURIComponent(task)}`;

async function list(session: Session, { status, workflow, limit, json }: ListOptions): Promise<void> {
  const query = { status, workflow_id: workflow, limit };
  const page = await callApi(session.connection(), { path: "/api/v1/executions", query }, ExecutionPage);
  if (json === true) return session.print(JSON.stringify(page.executions, null, 2));
  const columns = [
    { title: "EXECUTION" },
    { title: "WORKFLOW" },
    { title: "STATUS" },
    { title: "TASKS", align: "right" },
    { title: "SUBMITTED" },
  ] as const;
  const rows = page.executions.map((head) => [
    head.execution_id,
    `${head.workflow_id} ${head.workflow_version}`,
    head.status,
    String(head.task_count),
    head.execution_metadata.submitted_at,
  ]);
  session.print(...tableLines(columns, rows, session.paint));
  if (page.next_cursor !== undefined) session.remark(`more than ${limit}: raise --limit`);
}

async function show(session: Session, execution: string, asJson: boolean): Promise<void> {
  const connection = session.connection();
  const [head, status] = await Promise.all([
    callApi(connection, { path: pathOf(execution) }, ExecutionDetails),
    callApi(connection, { path: `${pathOf(execution)}/status` }, StageStatus),
  ]);
  if (asJson) return session.print(JSON.stringify({ ...head, ...status }, null, 2));
  const { submitted_at: at, submitted_by: by, priority, trace_id: trace } = head.execution_metadata;
  const { columns = 100 } = session.world.stdout;
  const rows = status.stage_details.length + 10;
  session.print(
    ...progressLines({ status, now: Date.now(), columns, rows, paint: session.paint }),
    "",
    `submitted ${at} by ${by}, ${priority} priority, run ${head.run}, ${trace}`,
  );
  const { error_details: failure, usage } = status;
  if (usage !== undefined) session.print(`used ${usageText(usage)}`);
  if (failure !== undefined) session.print(`failed: ${failure.code}: ${printable(failure.message)}`);
}

async function printOutput(session: Session, execution: string): Promise<void> {
  const found = await callApi(session.connection(), { path: `${pathOf(execution)}/output` }, ExecutionOutput);
  if (!found.declared) session.remark("its definition declares no outputs: these are the outputs of its last tasks");
  if (found.output_url !== undefined) return session.print(await download(found.output_url));
  session.print(JSON.stringify(found.output, null, 2));
}

async function printTaskOutput(session: Session, execution: string, task: string): Promise<void> {
  const found = await callApi(session.connection(), { path: taskPath(execution, task) }, TaskDetails);
  if (found.output_url !== undefined) return session.print(await download(found.output_url));
  if (found.output === null || found.output === undefined) {
    const why = found.error === undefined ? "" : `: ${found.error.code}: ${printable(found.error.message)}`;
    throw new UserError([`a2a: task '${task}' is ${found.status} and has no output${why}`]);
  }
  session.print(JSON.stringify(found.output, null, 2));
}

async function printLogs(session: Session, execution: string, { follow, json }: LogOptions): Promise<void> {
  const lines = follow === true ? followLines(session, execution) : pastLines(session, execution);
  for await (const line of lines) session.print(json === true ? JSON.stringify(line) : logLine(line));
}

async function* followLines(session: Session, execution: string): AsyncGenerator<LogLine> {
  for await (const event of followEvents(session.connection(), execution)) yield logLineOf(event);
}

async function* pastLines(session: Session, execution: string): AsyncGenerator<LogLine> {
  let cursor: string | undefined;
  do {
    const query = { cursor, limit: "100" };
    const page = await callApi(session.connection(), { path: `${pathOf(execution)}/logs`, query }, LogPage);
    yield* page.logs;
    cursor = page.next_cursor;
  } while (cursor !== undefined);
}

function logLine({
  timestamp,
  level,
  message,
  task_id: task,
  fields,
}: LogLine): string {
  const facts = Object.entries(fields)
    .filter(([name]) => name !== "task_id")
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  return printable(
    `${timestamp} ${level.padEnd(4)} ${message}${task === null ? "" : ` ${task}`} ${facts.join(" ")}`.trimEnd(),
  );
}

async function answer(
  session: Session,
  { execution, task, input }: { execution: string; task: string; input: string },
): Promise<void> {
  const call = {
    method: "POST",
    path: `${taskPath(execution, task)}/input`,
    body: { input: readAnswer(session, input) },
  } as const;
  const { accepted } = await callApi(session.connection(), call, AnswerTaken);
  if (!accepted)
    throw new UserError([`a2a: the agent of task '${task}' did not take the answer; see a2a logs ${execution}`]);
  session.remark(`answered; watch it: a2a watch ${execution}`);
}

function readAnswer(session: Session, input: string): unknown {
  if (input === "-") return parseJson(readText(session, "-"), "standard input");
  if (input.startsWith("@")) return parseJson(readText(session, input.slice(1)), input.slice(1));
  try {
    return JSON.parse(input);
  } catch {
    return input;
  }
}

async function printTranscript(session: Session, { execution, task, attempt, json }: TranscriptOptions & { execution: string; task: string }): Promise<void> {
  const path = `/api/v1/executions/${encodeURIComponent(execution)}/tasks/${encodeURIComponent(task)}`;
  const number = attempt ?? String((await callApi(session.connection(), { path }, TaskDetails)).attempt);
  const transcript = await callApi(session.connection(), { path: `${path}/attempts/${encodeURIComponent(number)}/transcript` }, AttemptTranscript);
  if (json === true) return session.print(JSON.stringify(transcript, null, 2));
  session.print(...transcriptLines(transcript, session.paint));
  if (transcript.entries.length === 0) session.remark("nothing is kept of this attempt; say `transcript: always` in the task to keep all");
}
