import type { Command } from "commander";
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
  program
    .command("rerun")
    .description("start a task over, and what comes after it; every other result stays")
    .argument("<execution>")
    .argument("<task>")
    .option("--input <json>", `fields laid over the task's own: ${JSON_HINT}`)
    .option("--definition <file>", "go on under this definition")
    .option("--no-downstream", "leave what comes after it as it is")
    .option(...REASON)
    .action((execution: string, task: string, options: TaskOptions) =>
      steer(session, { execution, task, act: "rerun", options }),
    );
  program
    .command("skip")
    .description("count a task as done; without --output what depends on it alone is skipped as well")
    .argument("<execution>")
    .argument("<task>")
    .option("--output <json>", `stands in for its result: ${JSON_HINT}`)
    .option("--no-downstream", "leave what comes after it as it is")
    .option(...REASON)
    .action((execution: string, task: string, options: TaskOptions) =>
      steer(session, { execution, task, act: "skip", options }),
    );
  program
    .command("retry")
    .description("try a task again that waits for an operator")
    .argument("<execution>")
    .argument("<task>")
    .option("--input <json>", `fields laid over the task's own: ${JSON_HINT}`)
    .option(...REASON)
    .action((execution: string, task: string, options: TaskOptions) =>
      steer(session, { execution, task, act: "retry", options }),
    );
  addDecisionCommands(program, session);
}

function addDecisionCommands(program: Command, session: Session): void {
  for (const [act, description] of [
    ["approve", "let a task go on that waits for a decision"],
    ["reject", "turn a task down that waits for a decision"],
  ] as const) {
    program
      .command(act)
      .description(description)
      .argument("<execution>")
      .argument("<task>")
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
