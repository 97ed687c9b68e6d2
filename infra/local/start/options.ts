import { resolve } from "node:path";
import { parseArgs } from "node:util";

/** What `npm start` was asked to do. */
export interface StartOptions {
  /** End after the job; the exit code says how it went. */
  readonly exit: boolean;
  readonly runJob: boolean;
  /** Port of the embedded cloud's endpoint; none: that of the last start, or any free one. */
  readonly port: number | undefined;
  /** Absolute. */
  readonly stateDir: string;
  readonly latencyMs: number | undefined;
  /** What was answered outlives a loss of power: answers wait for the disk. */
  readonly syncs: boolean;
  /** Programs that commands of hooks may call. */
  readonly hookCommands: readonly string[];
  /** They may run although this machine cannot keep them apart. */
  readonly allowsOpenCommands: boolean;
}

/** Arguments that do not fit. */
export class OptionError extends Error {}

export const USAGE = `npm start -- [options]
  --exit            end after the job, with exit code 0 if it completed
  --no-job          only bring everything up
  --port <n>        port of the embedded cloud's AWS endpoint (default: that of the last start, or a free one)
  --state <dir>     where data, keys and outputs live (default .local)
  --sync            answers wait for the disk, and so outlive a loss of power and not only a kill
  --hook-commands <names>  programs that commands of hooks may call, such as jq,git (default: none)
  --allow-command-hooks    they may, although this machine cannot keep them apart from everything else
  --latency-ms <n>  how long each sample agent takes for a task (default 150 to 600)

environment:
  A2A_CHAOS=<seed>:<rate>  standard queues deliver this share of messages late, and as many twice (such as 7:0.2)
  A2A_DYNAMODB_TROUBLE=<seed>:<rate>  this share of DynamoDB calls meets a conflict or is throttled
  A2A_METER=1              counts what AWS would bill for: GET /_meter at the AWS endpoint`;

/** @throws {OptionError} an unknown option, or a value that does not fit. */
export function readOptions(args: readonly string[], cwd: string): StartOptions | "help" {
  const values = parse(args);
  if (values.help === true) return "help";
  if (values.exit === true && values["no-job"] === true)
    throw new OptionError("--exit waits for the job that --no-job leaves out");
  return {
    exit: values.exit === true,
    runJob: values["no-job"] !== true,
    port: readNumber("--port", values.port, { least: 1, most: 65_535 }),
    stateDir: resolve(cwd, values.state ?? ".local"),
    syncs: values.sync === true,
    hookCommands: (values["hook-commands"] ?? "").split(",").filter((name) => name !== ""),
    allowsOpenCommands: values["allow-command-hooks"] === true,
    latencyMs: readNumber("--latency-ms", values["latency-ms"], { least: 0, most: 600_000 }),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        exit: { type: "boolean" },
        "no-job": { type: "boolean" },
        port: { type: "string" },
        state: { type: "string" },
        "latency-ms": { type: "string" },
        sync: { type: "boolean" },
        "hook-commands": { type: "string" },
        "allow-command-hooks": { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new OptionError(error.message.split(". ", 1)[0], { cause: error });
  }
}

function readNumber(
  name: string,
  text: string | undefined,
  range: { least: number; most: number },
): number | undefined {
  if (text === undefined) return undefined;
  const { least, most } = range;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new OptionError(`${name} takes a whole number from ${least} to ${most}, not '${text}'`);
}
