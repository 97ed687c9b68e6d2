import type { Command } from "commander";
import { ControlledWorkflow } from "../../../shared/execution/views/bulk.ts";
import { EXECUTION_ACTIONS, type ControlAction } from "../../../shared/execution/lifecycle/execution-actions.ts";
import { CheckpointPage, CheckpointView } from "../../../shared/execution/views/checkpoints.ts";
import { ControlledView, ModifiedView } from "../../../shared/execution/views/control.ts";
import { callApi } from "../client/api-client.ts";
import { UsageError } from "../failures.ts";
import { inlineBody, readDefinition } from "../read-definition.ts";
import { parseJson, readText, type Session } from "../session.ts";
import { tableLines } from "../view/table.ts";

interface Reasoned {
  readonly reason?: string;
}

/** Path of an execution, or of something below it. */
export const executionPath = (execution: string, ...rest: readonly string[]): string =>
  ["/api/v1/executions", ...[execution, ...rest].map(encodeURIComponent)].join("/");

const REASON = ["--reason <text>", "why; it stays in the history"] as const;

/** `pause`, `resume`, `cancel`, `boost`, `redrive`, `modify`, `budget`, `checkpoint` and `checkpoints`. */
export function addControlCommands(program: Command, session: Session): void {
  addCourseCommands(program, session);
  addChangeCommands(program, session);
  commandOf(program, "checkpoint")
    .argument("<execution>")
    .option(...REASON)
    .action(async (execution: string, { reason }: Reasoned) => {
      const body = { action: "checkpoint", reason };
      const call = { method: "POST", path: executionPath(execution, "control"), body } as const;
      const { checkpoint_id: id } = await callApi(session.connection(), call, CheckpointView);
      session.print(id);
      session.remark(`back to it: a2a resume ${execution} --from ${id}`);
    });
  program
    .command("checkpoints")
    .description("list marked states of an execution, newest first")
    .argument("<execution>")
    .option("--json", "as JSON")
    .action((execution: string, { json }: { json?: true }) => listCheckpoints(session, execution, json === true));
}

/** The command of an action, described as the table of actions does; `more`: what the command's options add to that. */
function commandOf(program: Command, action: ControlAction, more = ""): Command {
  const { command, does } = EXECUTION_ACTIONS[action];
  return program.command(command).description(`${does}${more}`);
}

interface CourseOptions extends Reasoned {
  readonly from?: string;
  readonly compensate?: boolean;
  readonly to?: string;
  readonly workflow?: true;
}

function addCourseCommands(program: Command, session: Session): void {
  commandOf(program, "pause", "; with --workflow all runs of one, and those to come")
    .argument("<execution-or-workflow>")
    .option("--workflow", "the name is a workflow's")
    .option(...REASON)
    .action((target: string, options: CourseOptions) => goOrStop(session, target, { action: "pause", options }));
  commandOf(program, "resume", "; --from takes it back to an earlier state")
    .argument("<execution-or-workflow>")
    .option("--from <checkpoint>", "a checkpoint's id, after:<task>, or at:<ISO 8601 time>")
    .option("--workflow", "the name is a workflow's")
    .option(...REASON)
    .action((target: string, options: CourseOptions) => goOrStop(session, target, { action: "resume", options }));
  commandOf(program, "cancel")
    .argument("<execution>")
    .option("--no-compensate", "leave done what is done")
    .option(...REASON)
    .action((execution: string, { compensate, reason }: CourseOptions) =>
      control(session, execution, { action: "cancel", reason, parameters: compensate === false ? { compensate } : {} }),
    );
  commandOf(program, "priority_boost")
    .argument("<execution>")
    .option("--to <priority>", "critical, high, medium or low")
    .option(...REASON)
    .action((execution: string, { to: priority, reason }: CourseOptions) =>
      control(session, execution, { action: "priority_boost", reason, parameters: { priority } }),
    );
}

function addChangeCommands(program: Command, session: Session): void {
  commandOf(program, "redrive")
    .argument("<execution>")
    .option("--definition <file>", "go on under this definition; what failed may be changed in it")
    .option(...REASON)
    .action((execution: string, { definition, reason }: Reasoned & { definition?: string }) =>
      control(session, execution, { action: "redrive", reason, parameters: definitionIn(session, definition) }),
    );
  commandOf(program, "modify", ": add, change or remove tasks that have not started")
    .argument("<execution>")
    .argument("<file>", "the whole definition, YAML or JSON; - for standard input")
    .option(...REASON)
    .action((execution: string, file: string, { reason }: Reasoned) => modify(session, execution, { file, reason }));
  commandOf(program, "raise_budget")
    .argument("<execution>")
    .option("--cost <amount>")
    .option("--calls <n>", "calls to agents")
    .option("--tokens <n>")
    .option("--seconds <n>", "running time")
    .option(...REASON)
    .action((execution: string, { reason, ...raised }: Reasoned & Record<string, string>) =>
      control(session, execution, { action: "raise_budget", reason, parameters: ceilingsOf(raised) }),
    );
}

/** A definition file as part of a body, checked before it is sent. */
export function definitionIn(session: Session, file: string | undefined): { definition?: unknown } {
  return file === undefined ? {} : { definition: inlineBody(readDefinition(session, file).text, file) };
}

const CEILINGS: Readonly<Record<string, string>> = {
  cost: "max_cost",
  calls: "max_agent_calls",
  tokens: "max_tokens",
  seconds: "max_duration_seconds",
};

function ceilingsOf(raised: Readonly<Record<string, string>>): Record<string, number> {
  const entries = Object.entries(raised).map(([name, text]) => {
    const value = Number(text);
    if (!(value > 0)) throw new UsageError(`--${name} takes a number above 0, not '${text}'`);
    return [CEILINGS[name] ?? name, value] as const;
  });
  if (entries.length === 0) throw new UsageError("say which ceiling: --cost, --calls, --tokens or --seconds");
  return Object.fromEntries(entries);
}

async function control(session: Session, execution: string, body: object): Promise<void> {
  const call = { method: "POST", path: executionPath(execution, "control"), body } as const;
  sayWhere(session, await callApi(session.connection(), call, ControlledView));
}

/** Where an execution stands now, and what it takes next. */
export function sayWhere(
  session: Session,
  { execution_id: id, status, run, priority, legal_moves: moves }: ControlledView,
): void {
  session.print(`${id} ${status}, run ${run}, ${priority} priority`);
  session.remark(`possible now: ${moves.join(", ") || "nothing"}`);
}

async function goOrStop(
  session: Session,
  target: string,
  { action, options }: { action: "pause" | "resume"; options: CourseOptions },
): Promise<void> {
  const { reason, from, workflow } = options;
  if (workflow !== true) {
    const parameters = from === undefined ? {} : { checkpoint_id: from };
    return control(session, target, { action, reason, parameters });
  }
  if (from !== undefined) throw new UsageError("--from is for one execution, not for a workflow");
  const path = `/api/v1/workflows/${encodeURIComponent(target)}/${action}`;
  const reply = await callApi(session.connection(), { method: "POST", path, body: { reason } }, ControlledWorkflow);
  session.print(
    `${target} ${reply.status}`,
    ...reply.executions.map(({ execution_id: id, status }) => `${id} ${status}`),
  );
  if (!reply.is_complete) session.remark("there are more: run the command again");
}

async function modify(
  session: Session,
  execution: string,
  { file, reason }: { file: string; reason: string | undefined },
): Promise<void> {
  const { text } = readDefinition(session, file);
  const type = file.endsWith(".json") || /^\s*\{/.test(text) ? "application/json" : "application/yaml";
  const path = executionPath(execution, "definition");
  const call = { method: "PATCH", path, query: { reason }, text: { content: text, type } } as const;
  const { changes, kept_started: kept, ...steered } = await callApi(session.connection(), call, ModifiedView);
  sayWhere(session, steered);
  const said = (["changed", "added", "removed"] as const).filter((kind) => changes[kind].length > 0);
  session.print(...said.map((kind) => `${kind}: ${changes[kind].join(", ")}`), `unchanged: ${changes.unchanged} tasks`);
  if (kept.length > 0)
    session.remark(`began in the same moment, and go on as they were defined before: ${kept.join(", ")}`);
}

async function listCheckpoints(session: Session, execution: string, asJson: boolean): Promise<void> {
  const { checkpoints } = await callApi(
    session.connection(),
    { path: executionPath(execution, "checkpoints") },
    CheckpointPage,
  );
  if (asJson) return session.print(JSON.stringify(checkpoints, null, 2));
  const columns = ["CHECKPOINT", "TAKEN", "RUN", "SETTLED", "BY", "REASON"].map((title) => ({ title }));
  const rows = checkpoints.map((entry) => [
    entry.checkpoint_id,
    entry.checkpoint_timestamp,
    String(entry.run),
    String(entry.settled_tasks),
    entry.created_by,
    entry.reason,
  ]);
  session.print(...tableLines(columns, rows, session.paint));
  session.remark(`back to one: a2a resume ${execution} --from <checkpoint>; also after:<task> and at:<time>`);
}

/** JSON from the command line; `@file` reads a file, `-` standard input. */
export function readJson(session: Session, text: string, what: string): unknown {
  if (text === "-") return parseJson(readText(session, "-"), "standard input");
  return text.startsWith("@") ? parseJson(readText(session, text.slice(1)), text.slice(1)) : parseJson(text, what);
}
