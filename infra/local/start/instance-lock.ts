import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "../state/process-files.ts";
import { StartError } from "./failures.ts";

/**
 * Makes this process the only one that runs on a state folder. The lock of a process that is gone, or whose number
 * went to a stranger, is taken over.
 *
 * @throws {StartError} another one is running; names its process.
 */
export function takeInstanceLock(stateDir: string): Disposable {
  const file = join(stateDir, "start.pid");
  const release = { [Symbol.dispose]: () => rmSync(file, { force: true }) };
  // Two rounds: one to find a dead process's lock, one to take it.
  for (let round = 0; round < 2; round++) {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" });
      return release;
    } catch (error) {
      if (!isTaken(error)) throw error;
      const holder = Number(readFileSync(file, "utf8"));
      if (isOtherStart(holder)) throw runningAlready(holder, stateDir);
      rmSync(file, { force: true });
    }
  }
  throw runningAlready(Number(readFileSync(file, "utf8")), stateDir);
}

const runningAlready = (pid: number, stateDir: string): StartError =>
  new StartError(
    `it is running already on ${stateDir} (pid ${pid})`,
    "use that one (`npx a2a executions`), stop it with Ctrl-C, or start another with --state DIR --port N",
  );

const isTaken = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "EEXIST";

function isOtherStart(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid || !isAlive(pid)) return false;
  const commandLine = `/proc/${pid}/cmdline`;
  // Without /proc (macOS) a number that lives is taken at its word.
  return !existsSync(commandLine) || readFileSync(commandLine, "utf8").includes("start.ts");
}
