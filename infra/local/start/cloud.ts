/** The one place that knows how the embedded cloud is started. */
import { mkdirSync } from "node:fs";
import { startCloud } from "../cloud.ts";
import { Meter } from "../meter.ts";
import { StateLockedError } from "../state/process-files.ts";
import { StateVersionError } from "../state/state-version.ts";
import { reasonOf, StartError } from "./failures.ts";

/** What the deployment needs to know about its surroundings. */
export interface CloudRequest {
  readonly assembly: string;
  readonly stateDir: string;
  readonly port: number | undefined;
  /** CloudFormation parameters. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Whether answers wait for the disk. @default false */
  readonly syncs?: boolean;
  readonly allowsOpenSandboxes?: boolean;
  readonly log: (line: string) => void;
}

/** The app, deployed and running. */
export interface RunningCloud extends AsyncDisposable {
  /** Base URL of the API, stage included, without a slash at its end. */
  readonly apiUrl: string;
  /** Of the WebSocket API, stage included. */
  readonly socketUrl: string;
  /** For AWS SDK clients and the AWS CLI. */
  readonly endpoint: string;
}

/** Where spec 004 §4.4 has the WebSocket; API Gateway has no paths behind a stage. */
const SOCKET_PATHS = [{ prefix: "/ws/workflows/", query: "id" }];

/** @throws {StartError} it does not come up. */
export async function bringUpCloud({ assembly, stateDir, port, parameters, syncs = false, allowsOpenSandboxes = false, log }: CloudRequest): Promise<RunningCloud> {
  mkdirSync(stateDir, { recursive: true });
  try {
    const given = { ...(port === undefined ? {} : { port }), ...(process.env["A2A_METER"] === "1" ? { meter: new Meter() } : {}) };
    const cloud = await startCloud({ assemblyDir: assembly, stateDir, parameters, syncs, allowsOpenSandboxes, log, socketAliases: SOCKET_PATHS, ...given });
    const output = (name: string): string => {
      const found = Object.values(cloud.outputs).map((values) => values[name]).find((value) => value !== undefined);
      if (found === undefined) throw new Error(`no stack has an output '${name}'`);
      return found.replace(/\/+$/, "");
    };
    return { apiUrl: output("ApiUrl"), socketUrl: output("WebSocketUrl"), endpoint: cloud.endpoint, [Symbol.asyncDispose]: () => cloud.stop() };
  } catch (error) {
    throw new StartError(`the embedded cloud does not come up: ${reasonOf(error)}`, remedyFor(error, stateDir), {
      cause: error,
    });
  }
}

function remedyFor(error: unknown, stateDir: string): string {
  if (error instanceof StateLockedError) return "stop the other one, or use --state DIR";
  if (error instanceof StateVersionError) return `start anew, and keep what is there, with: mv ${stateDir} ${stateDir}.old && npm start`;
  if (error instanceof Error && "code" in error && error.code === "EADDRINUSE")
    return "choose a free port with --port N";
  return `move ${stateDir} away to start over with empty stores, or report this with the logs in it`;
}
