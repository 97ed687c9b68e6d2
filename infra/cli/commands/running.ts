import type { Command } from "commander";
import { existsSync } from "node:fs";
import type { StageStatus } from "../../../shared/execution/views/status.ts";
import { referenceTo } from "../../../shared/execution/upload.ts";
import { SubmissionView } from "../../../shared/execution/views/submissions.ts";
import { callApi } from "../client/api-client.ts";
import { upload } from "../client/upload.ts";
import { followExecution } from "../client/follow-execution.ts";
import { UsageError, UserError } from "../failures.ts";
import { inlineBody, readDefinition } from "../read-definition.ts";
import { parseJson, readText, type Session } from "../session.ts";
import { openLiveView } from "../view/live-view.ts";

/** Bytes of an input: requests take 5 MB. */
const UPLOADED_ABOVE = 4_000_000;

interface RunOptions {
  readonly input?: string;
  readonly watch?: true;
  readonly priority?: string;
  readonly key?: string;
  readonly session?: string;
}

/** `run`, `upload` and `watch`. */
export function addRunningCommands(program: Command, session: Session): void {
  program
    .command("run")
    .description("run a definition file, or a deployed workflow by name; fails if the execution fails")
    .argument("<file-or-name>")
    .option("--input <file>", "input as JSON; - for standard input. More than 4 MB are uploaded first")
    .option("--watch", "show live progress until it is finished")
    .option("--priority <priority>", "critical, high, medium or low")
    .option("--session <id>", "the session that it joins")
    .option("--key <key>", "idempotency key: the same key and input give the same execution")
    .action(async (target: string, options: RunOptions) => {
      const execution = await submit(session, target, options);
      if (options.watch !== true) {
        session.print(execution);
        return session.remark(`watch it: a2a watch ${execution}`);
      }
      await watch(session, execution);
    });
  program
    .command("upload")
    .description("upload JSON that is too large for a request; prints what stands for it as an input or a definition")
    .argument("<file>", "- for standard input")
    .action(async (file: string) => {
      const text = readText(session, file);
      parseJson(text, file);
      session.print(JSON.stringify(referenceTo((await upload(session.connection(), text)).upload_id)));
    });
  program
    .command("watch")
    .description("show an execution's progress until it is finished; fails if it failed")
    .argument("<execution>")
    .action((execution: string) => watch(session, execution));
}

const looksLikeFile = (target: string): boolean =>
  target === "-" || /[/\\]|\.(ya?ml|json)$/.test(target) || existsSync(target);

async function submit(session: Session, target: string, { input, priority, key, session: joined }: RunOptions): Promise<string> {
  if (target === "-" && input === "-")
    throw new UsageError("standard input can hold the definition or the input, not both");
  const isFile = looksLikeFile(target);
  const definition = isFile ? inlineBody(readDefinition(session, target).text, target) : {};
  const data = input === undefined ? {} : { input_data: await inputOf(session, input) };
  const { execution_id: execution } = await callApi(
    session.connection(),
    {
      method: "POST",
      path: isFile ? "/api/v1/workflows/execute" : `/api/v1/workflows/${encodeURIComponent(target)}/execute`,
      body: { ...definition, ...data, ...(priority === undefined ? {} : { priority }), ...(joined === undefined ? {} : { execution_context: { session_id: joined } }) },
      ...(key === undefined ? {} : { headers: { "idempotency-key": key } }),
    },
    SubmissionView,
  );
  return execution;
}

/** An input as it travels: the value itself, or what stands for it once it is uploaded. A leading @ is taken, as curl has it. */
async function inputOf(session: Session, given: string): Promise<unknown> {
  const file = given.startsWith("@") && !existsSync(given) ? given.slice(1) : given;
  const text = readText(session, file);
  const value = parseJson(text, file);
  if (Buffer.byteLength(text) <= UPLOADED_ABOVE) return value;
  const { upload_id: id } = await upload(session.connection(), text);
  session.remark(`uploaded ${file}: ${id}`);
  return referenceTo(id);
}

async function watch(session: Session, execution: string): Promise<void> {
  const { world, paint } = session;
  const last = await follow(session, execution);
  if (world.signal.aborted || last === undefined) {
    throw new UserError([`stopped watching; ${execution} goes on: a2a watch ${execution}`]);
  }
  if (last.status === "completed") {
    return session.remark(`${paint("green", "✓")} completed; its output: a2a output ${execution}`);
  }
  const { code, message, task } = last.error_details ?? { code: last.status, message: "", task: undefined };
  const where = task === undefined ? "" : ` in task '${task}'`;
  throw new UserError([`a2a: ${execution} ${last.status}${where}: ${code}${message === "" ? "" : `: ${message}`}`]);
}

async function follow({ world, paint, connection }: Session, execution: string): Promise<StageStatus | undefined> {
  using view = openLiveView(world.stdout, paint);
  let last: StageStatus | undefined;
  for await (const status of followExecution(connection(), execution, { signal: world.signal })) {
    view.show(status);
    last = status;
  }
  return last;
}
