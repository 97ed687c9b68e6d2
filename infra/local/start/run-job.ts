import { basename, join, relative } from "node:path";
import * as z from "zod";
import type { StageStatus } from "../../../shared/execution/views/status.ts";
import type { Connection } from "../../cli/client/api-client.ts";
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
  const isGood = last.status === "completed" && (await showOutputs(place, execution));
  if (last.status !== "completed")
    steps.say("", paint("red", failureText(last)), `its history: npx a2a logs ${execution}`);
  forgetJob(file);
  return isGood ? "completed" : "failed";
}

async function showProgress(
  connection: Connection,
  execution: string,
  { output, paint, signal }: Pick<JobPlace, "output" | "paint" | "signal">,
): Promise<StageStatus | undefined> {
  using view = openLiveView(output, paint);
  return await watchJob(connection, execution, { show: view.show, signal });
}

/** Whether the outputs are what the sample agents make. */
async function showOutputs({ connection, stateDir, paint, steps }: JobPlace, execution: string): Promise<boolean> {
  const folder = join(stateDir, "outputs", execution);
  try {
    const { figures, narrative, files } = await saveOutputs(connection, execution, folder);
    const shown = relative(process.cwd(), folder);
    const names = files.map((file) => basename(file)).join(", ");
    steps.say("", ...figureLines(figures, paint), "", narrative, "");
    steps.say(`${paint("bold", "Outputs")}    ${shown.startsWith("..") ? folder : shown}: ${names}`);
    return true;
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const [issue] = error.issues;
    const what = `${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`;
    steps.say("", paint("red", `${execution} completed, but its outputs are not a report (${what})`));
    steps.say(`look at them: npx a2a output ${execution} report`);
    return false;
  }
}

function failureText({ execution_id: execution, status, error_details: failure }: StageStatus): string {
  if (failure === undefined) return `${execution} ${status}`;
  const where = failure.task === undefined ? "" : ` in task '${failure.task}'`;
  return `${execution} ${status}${where}: ${failure.code}: ${failure.message}`;
}
