import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { NotHereError } from "./not-here.ts";

/** Where emulators are installed and write their logs; git does not see it. */
export const WORK_DIR = fileURLToPath(new URL("../../../.local/deployed", import.meta.url));

/** A command to run in the background. */
export interface Launch {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  readonly isReady: () => Promise<boolean>;
  /** @default 60 000 */
  readonly readyMs?: number;
}

/** A running process, with where it writes. */
export interface Launched extends AsyncDisposable {
  readonly log: string;
}

const READY_MS = 60_000;
const STOP_MS = 5000;

/**
 * Runs a command to its end.
 *
 * @throws {NotHereError} it is not there or fails; `purpose` says what it was for.
 */
export function runToEnd([command, ...args]: readonly [string, ...string[]], purpose: string): void {
  const { error, status, stderr, stdout } = spawnSync(command, args, { encoding: "utf8" });
  if (error !== undefined) throw new NotHereError(`${purpose}: ${command} cannot be run (${error.message})`);
  if (status === 0) return;
  const lines = `${stdout}\n${stderr}`.trim().split("\n").slice(-5).join("\n  ");
  throw new NotHereError(`${purpose}: ${command} ${args[0] ?? ""} failed with ${status}:\n  ${lines}`);
}

/** Starts a process and waits for it. @throws {NotHereError} it ends, or does not get ready. */
export async function launch({
  name,
  command: [command, ...args],
  environment,
  isReady,
  readyMs = READY_MS,
}: Launch): Promise<Launched> {
  mkdirSync(WORK_DIR, { recursive: true });
  const log = path.join(WORK_DIR, `${name}.log`);
  const output = openSync(log, "w");
  // A group of its own: what it starts in turn ends with it.
  const child = spawn(command, args, { env: environment, stdio: ["ignore", output, output], detached: true });
  closeSync(output);
  const dispose = (): Promise<void> => stop(child);
  process.once("exit", () => signal(child, "SIGKILL"));
  for (const deadline = Date.now() + readyMs; !(await isReady().catch(() => false)); await sleep(50)) {
    if (child.exitCode === null && child.signalCode === null && Date.now() < deadline) continue;
    await dispose();
    throw new NotHereError(
      `${name} does not start:\n  ${readFileSync(log, "utf8").trim().split("\n").slice(-5).join("\n  ")}`,
    );
  }
  return { log, [Symbol.asyncDispose]: dispose };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = once(child, "exit");
    signal(child, "SIGTERM");
    await Promise.race([gone, sleep(STOP_MS, undefined, { ref: false })]);
  }
  signal(child, "SIGKILL");
}

/** To the whole group; whoever is gone already does not hear it. */
function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
