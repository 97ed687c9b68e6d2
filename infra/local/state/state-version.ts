import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Counts changes of what is kept after which older data cannot be read. 6: `byStatus` has no entries of completed executions. */
const STATE_VERSION = "6";

/** The state was written by another version of this program. */
export class StateVersionError extends Error {
  constructor(directory: string, found: string) {
    super(`${directory} holds data of version ${found}, this program reads version ${STATE_VERSION}`);
  }
}

/** Marks new state with its version. @throws {StateVersionError} there is state of another one. */
export function claimVersion(directory: string): void {
  const path = join(directory, "version");
  const isNew = !existsSync(join(directory, "cloud.sqlite"));
  if (isNew) writeFileSync(path, STATE_VERSION);
  const found = existsSync(path) ? readFileSync(path, "utf8").trim() : "1";
  if (found !== STATE_VERSION) throw new StateVersionError(directory, found);
}
