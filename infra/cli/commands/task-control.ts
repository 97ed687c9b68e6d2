import type { Command } from "commander";
import { TASK_ACTIONS, type TaskAction } from "../../../shared/execution/lifecycle/task-actions.ts";
import { TaskControlledView, TaskDecidedView } from "../../../shared/execution/views/control.ts";
import { callApi } from "../client/api-client.ts";
import type { Session } from "../session.ts";
import { definitionIn, executionPath, readJson, sayWhere } from "./control.ts";

interface TaskOptions {
  readonly reason?: string;
  readonly input?: string;
  readonly output?: string;
  readonly definition?: string;
  readonly downstream?: boolean;
}

const REASON = ["--reason <text>", "why; it stays in the history"] as const;
const JSON_HINT = "JSON; @file reads a file, - standard input";

/** `rerun`, `skip`, `retry`, `approve` and `reject`. */
export function addTaskControlCommands(program: Command, session: Session): void {
  taskCommand(program, "rerun")
    .option("--input <json>", `fields laid over the task's own: ${JSON_HINT}`)
    .option("--definition <file>", "go on under this definition")
    .option("--no-downstream", "leave what comes after it as it is")
    .option(...REASON)
    .action((execution: string, task: string, options: TaskOptions) =>
      steer(session, { execution, task, act: "rerun", options }),
    );
  taskCommand(program, "skip", "; without --output what depends on it alone is skipped as well")
    .option("--output <json>", `stands in for its result: ${JSON_HINT}`)
    .option("--no-downstream", "leave what comes after it as it is")
    .option(...REASON)
    .action((execution: string, task: string, options: TaskOptions) =>
      steer(session, { execution, task, act: "skip", options }),
    );
  taskCommand(program, "retry")
    .option("--input <json>", `fields laid over the task's own: ${JSON_HINT}`)
    .option(...REASON)
    .action((execution: string, task: string, options: TaskOptions) =>
      steer(session, { execution, task, act: "retry", options }),
    );
  addDecisionCommands(program, session);
}

/** The command of an action on a task, described as the table of actions does. */
export function taskCommand(program: Command, action: TaskAction, more = ""): Command {
  const { command, does } = TASK_ACTIONS[action];
  return program.command(command).description(`${does}${more}`).argument("<execution>").argument("<task>");
}

function addDecisionCommands(program: Command, session: Session): void {
  for (const act of ["approve", "reject"] as const) {
    taskCommand(program, act)
      .option(...REASON)
      .action((execution: string, task: string, { reason }: TaskOptions) =>
        decide(session, { execution, task, act, reason }),
      );
  }
}

async function steer(
  session: Session,
  {
    execution,
    task,
    act,
    options,
  }: { execution: string; task: string; act: "rerun" | "skip" | "retry"; options: TaskOptions },
): Promise<void> {
  const { reason, input, output, definition, downstream } = options;
  const body = {
    reason,
    ...(input === undefined ? {} : { input: readJson(session, input, "--input") }),
    ...(output === undefined ? {} : { output: readJson(session, output, "--output") }),
    ...definitionIn(session, definition),
    ...(downstream === false ? { downstream } : {}),
  };
  const call = { method: "POST", path: executionPath(execution, "tasks", task, act), body } as const;
  sayWhere(session, await callApi(session.connection(), call, TaskControlledView));
}

async function decide(
  session: Session,
  { execution, task, act, reason }: { execution: string; task: string; act: string; reason: string | undefined },
): Promise<void> {
  const call = { method: "POST", path: executionPath(execution, "tasks", task, act), body: { reason } } as const;
  const { verdict, decided_by: by, decided_at: at } = await callApi(session.connection(), call, TaskDecidedView);
  session.print(`${task} ${verdict} by ${by} at ${at}`);
}
