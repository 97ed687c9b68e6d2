import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { prepareAssembly } from "../../../infra/local/start/assembly.ts";
import { StartError } from "../../../infra/local/start/failures.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");
/** Where clouds of this checkout leave their templates for the next one. */
const SHARED = path.join(tmpdir(), `a2a-assembly-${createHash("sha256").update(ROOT).digest("hex").slice(0, 16)}`);

const markOf = (folder: string): string | undefined => {
  const mark = path.join(folder, "sources.sha256");
  return existsSync(mark) ? readFileSync(mark, "utf8") : undefined;
};

/**
 * Gives a cloud's state folder the templates that another one of this checkout has synthesized. Whether the sources are
 * still the same it finds out by itself, and synthesizes anew if they are not.
 */
export function lendAssembly(stateDir: string): void {
  const own = path.join(stateDir, "assembly");
  if (markOf(SHARED) === undefined || existsSync(own)) return;
  try {
    cpSync(SHARED, own, { recursive: true });
  } catch {
    // Another run has just put its own there; what was copied of it must not pass for whole.
    rmSync(own, { recursive: true, force: true });
  }
}

/** Leaves a copy of a cloud's templates for the next one, unless it is there. */
export function shareAssembly(stateDir: string): void {
  const own = path.join(stateDir, "assembly");
  if (markOf(own) === undefined || markOf(own) === markOf(SHARED)) return;
  const draft = `${SHARED}-${process.pid}`;
  try {
    cpSync(own, draft, { recursive: true });
    rmSync(SHARED, { recursive: true, force: true });
    renameSync(draft, SHARED);
  } catch {
    // Another run was quicker.
    rmSync(draft, { recursive: true, force: true });
  }
}

/**
 * Synthesizes once before the first cloud starts, unless the last run left the templates of these sources: clouds that
 * start together would each do it.
 */
export async function setup(): Promise<void> {
  const stateDir = mkdtempSync(path.join(tmpdir(), "a2a-synth-"));
  lendAssembly(stateDir);
  try {
    await prepareAssembly(ROOT, stateDir);
    shareAssembly(stateDir);
  } catch (error) {
    // Clouds find it out as well, and say it where tests can fail.
    if (!(error instanceof StartError)) throw error;
  } finally {
    rmSync(stateDir, { recursive: true, force: true });
  }
}
