/** `npm start`: synthesizes the app, runs it in the embedded cloud with seven agents, and shows a job at work. */
import { ApiProblem, ConnectionError } from "../cli/client/api-errors.ts";
import { type Paint, paintFor } from "../cli/view/paint.ts";
import { bringUp } from "./start/bring-up.ts";
import { StartError } from "./start/failures.ts";
import { OptionError, readOptions, type StartOptions, USAGE } from "./start/options.ts";
import { runJob } from "./start/run-job.ts";
import { createSteps } from "./start/steps.ts";
import { summaryLines } from "./start/summary.ts";

/** What does not close in time is cut off: everything here survives that, and goes on at the next start. */
const STOP_MS = 2700;

async function main(args: readonly string[]): Promise<number> {
  const paint = paintFor(process.stdout, process.env);
  try {
    const options = readOptions(args, process.cwd());
    if (options !== "help") return await start(options, paint);
    console.log(USAGE);
    return 0;
  } catch (error) {
    return explain(error);
  }
}

async function start(options: StartOptions, paint: Paint): Promise<number> {
  const { signal, requested } = listenForStop();
  const steps = createSteps(process.stdout, paint);
  const closers = new AsyncDisposableStack();
  try {
    steps.say(paint("bold", "Starting the orchestrator"));
    const up = bringUp({ ...options, signal }, steps, closers);
    const system = await Promise.race([up, requested]);
    if (system === undefined)
      return await up.then(
        () => 0,
        () => 0,
      );
    const { connection, awsEndpoint, socketUrl } = system;
    steps.say(`  ready in ${paint("bold", steps.elapsed())}`, "");
    const outcome = options.runJob
      ? await runJob({ ...options, connection, output: process.stdout, paint, steps, signal })
      : undefined;
    if (options.exit) return outcome === "completed" ? 0 : 1;
    if (signal.aborted) return 0;
    steps.say(
      ...summaryLines({ connection, awsEndpoint, socketUrl, stateDir: options.stateDir }, paint),
      "",
      paint("dim", "Ctrl-C stops everything; the next start goes on with the same data."),
    );
    await requested;
    return 0;
  } finally {
    if (signal.aborted) steps.say("", "stopping …");
    await closeInTime(closers);
  }
}

interface StopRequest {
  readonly signal: AbortSignal;
  readonly requested: Promise<undefined>;
}

/** The first Ctrl-C asks, the second insists. */
function listenForStop(): StopRequest {
  const stop = new AbortController();
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const ask = (): void => {
    if (stop.signal.aborted) process.exit(1);
    stop.abort();
    setTimeout(() => process.exit(0), STOP_MS).unref();
    resolve(undefined);
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, ask);
  return { signal: stop.signal, requested: promise };
}

async function closeInTime(closers: AsyncDisposableStack): Promise<void> {
  setTimeout(() => process.exit(), STOP_MS).unref();
  await closers.disposeAsync();
}

/** One line about what is expected to go wrong; a defect keeps its stack. */
function explain(error: unknown): number {
  if (error instanceof OptionError) {
    console.error(`npm start: ${error.message}\n\n${USAGE}`);
    return 2;
  }
  const line = failureLine(error);
  if (line === undefined) throw error;
  console.error(`npm start: ${line}`);
  return 1;
}

function failureLine(error: unknown): string | undefined {
  const logs = "look into logs/ and cloud/logs/ of the state folder";
  if (error instanceof StartError) return `${error.message} — ${error.remedy}`;
  if (error instanceof ApiProblem) return `the API refused: ${error.message} (${error.status}) — ${logs}`;
  return error instanceof ConnectionError ? `${error.message} — ${logs}` : undefined;
}

const code = await main(process.argv.slice(2));
// Connections that clients keep open must not keep us.
process.exit(code);
