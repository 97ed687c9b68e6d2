import { join, relative } from "node:path";
import type { Connection } from "../../cli/client/api-client.ts";
import type { Status } from "../../cli/client/replies.ts";
import { openLiveView } from "../../cli/view/live-view.ts";
import type { Output, Paint } from "../../cli/view/paint.ts";
import { figureLines } from "./figures.ts";
import { forgetJob, submitJob, watchJob } from "./job.ts";
import { saveOutputs } from "./job-outputs.ts";
import type { Steps } from "./steps.ts";

/** Where a job runs and shows. */
export interface JobPlace {
  readonly connection: Connection;
  readonly stateDir: string;
  readonly output: Output;
  readonly paint: Paint;
  readonly steps: Steps;
  readonly signal: AbortSignal;
}

/**
 * Runs the workflow, or goes on with the run that a killed start left, and shows its progress and its figures.
 *
 * @returns how it ended; `undefined` when `signal` came first, and the next start goes on.
 */
export async function runJob(place: JobPlace): Promise<"completed" | "failed" | undefined> {
  const { connection, stateDir, output, paint, steps, signal } = place;
  const file = join(stateDir, "job.json");
  const { execution, isContinued } = await submitJob(connection, file);
  if (isContinued) steps.say(paint("yellow", `going on with ${execution}, which an earlier start began`));
  const last = await showProgress(connection, execution, { output, paint, signal });
  if (signal.aborted || last === undefined) return undefined;
  if (last.status === "completed") await showOutputs(place, execution);
  else steps.say("", paint("red", failureText(last)), `its history: npx a2a logs ${execution}`);
  forgetJob(file);
  return last.status === "completed" ? "completed" : "failed";
}

async function showProgress(
  connection: Connection,
  execution: string,
  { output, paint, signal }: Pick<JobPlace, "output" | "paint" | "signal">,
): Promise<Status | undefined> {
  using view = openLiveView(output, paint);
  return await watchJob(connection, execution, { show: view.show, signal });
}

async function showOutputs({ connection, stateDir, paint, steps }: JobPlace, execution: string): Promise<void> {
  const folder = join(stateDir, "outputs", execution);
  const { figures, narrative, files } = await saveOutputs(connection, execution, folder);
  steps.say("", ...figureLines(figures, paint), "", narrative, "");
  steps.say(`${paint("bold", "Outputs")}    ${relative(process.cwd(), folder) || folder}: ${files.map((file) => relative(folder, file)).join(", ")}`);
}

function failureText({ execution_id: execution, status, error_details: failure }: Status): string {
  if (failure === undefined) return `${execution} ${status}`;
  const where = failure.task === undefined ? "" : ` in task '${failure.task}'`;
  return `${execution} ${status}${where}: ${failure.code}: ${failure.message}`;
}
