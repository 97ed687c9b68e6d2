import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";

/** Another cloud runs on this state directory. */
export class StateLockedError extends Error {
  constructor(path: string, pid: number) {
    super(`process ${pid} already runs a cloud on this state: stop it, or delete ${path} if that is not so`);
  }
}

/**
 * Takes the lock file at `path` for this process; a lock whose process is gone is taken over.
 *
 * @returns the release.
 * @throws {StateLockedError} another live process holds it.
 */
export function lockState(path: string): () => void {
  const holder = readPid(path);
  if (holder !== undefined && holder !== process.pid && isAlive(holder)) throw new StateLockedError(path, holder);
  if (holder === process.pid) throw new StateLockedError(path, holder);
  rmSync(path, { force: true });
  // `wx` lets only one of two processes that start at the same moment win.
  writeFileSync(path, String(process.pid), { flag: "wx" });
  return () => rmSync(path, { force: true });
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return commandState(pid) !== "Z";
  } catch {
    return false;
  }
}

function readPid(path: string): number | undefined {
  if (!existsSync(path)) return undefined;
  const pid = Number(readFileSync(path, "utf8"));
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

function commandState(pid: number): string {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return "";
  return readFileSync(path, "utf8").split(") ").at(-1)?.charAt(0) ?? "";
}
