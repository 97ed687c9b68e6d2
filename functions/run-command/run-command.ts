import { spawn } from "node:child_process";
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { CommandFile, CommandOrder, CommandResult } from "../../shared/hooks/command/command-order.ts";
import { HOOK_LIMITS } from "../../shared/hooks/limits.ts";

/** Where programs lie: those of a layer, then the system's. */
const PATH = "/opt/tools/bin:/usr/local/bin:/usr/bin:/bin";

/**
 * Runs a program over files in a fresh folder: no shell, an environment of three variables, and the end of everything that
 * it began when its time is over. What it changed in the folder is part of what came of it.
 */
export async function runCommand({ argv, files, timeout_ms: timeoutMs }: CommandOrder): Promise<CommandResult> {
  const folder = await mkdtemp(path.join(tmpdir(), "command-"));
  try {
    for (const file of files) await put(folder, file);
    const ended = await run(argv, { folder, timeoutMs });
    return ended.kind === "ended" ? { ...ended, files: await changesIn(folder, files) } : ended;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @throws {Error} the path leads out of the folder. */
async function put(folder: string, { path: name, content }: CommandFile): Promise<void> {
  const file = path.resolve(folder, name);
  if (!file.startsWith(`${folder}${path.sep}`)) throw new Error(`'${name}' leads out of the command's folder`);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
}

function run([program = "", ...args]: readonly string[], { folder, timeoutMs }: { folder: string; timeoutMs: number }): Promise<CommandResult> {
  const env = { PATH, HOME: folder, LANG: "C.UTF-8", GIT_CONFIG_NOSYSTEM: "1", GIT_CEILING_DIRECTORIES: path.dirname(folder) };
  // A group of its own: whatever it starts ends with it.
  const child = spawn(program, args, { cwd: folder, env, shell: false, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const [out, err] = [kept(child.stdout), kept(child.stderr)];
  return new Promise((resolve) => {
    let isOver = false;
    const timer = setTimeout(() => {
      isOver = true;
      endGroup(child.pid);
    }, timeoutMs);
    child.once("error", (error) => {
      clearTimeout(timer);
      resolve({ kind: "not_started", reason: `'${program}' cannot be started: ${error.message}` });
    });
    child.once("close", (code) => {
      clearTimeout(timer);
      endGroup(child.pid);
      resolve(isOver ? { kind: "timeout", stdout: out(), stderr: err() } : { kind: "ended", exit_code: code, stdout: out(), stderr: err(), files: [] });
    });
  });
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // It is over already.
  }
}

/** The beginning of what a stream says; the rest is read and forgotten, so that nobody waits. */
function kept(stream: NodeJS.ReadableStream): () => string {
  let text = "";
  stream.setEncoding("utf8").on("data", (piece: string) => {
    if (text.length < HOOK_LIMITS.commandOutputBytes) text = (text + piece).slice(0, HOOK_LIMITS.commandOutputBytes);
  });
  return () => text;
}

/** Files that are not as they were given; links are none, and what would not fit is left out. */
async function changesIn(folder: string, given: readonly CommandFile[]): Promise<CommandFile[]> {
  const before = new Map(given.map((file) => [file.path, file.content]));
  const names = await readdir(folder, { recursive: true });
  const changed: CommandFile[] = [];
  let room: number = HOOK_LIMITS.outputBytes;
  for (const name of names.toSorted()) {
    const file = path.join(folder, name);
    const about = await lstat(file);
    if (!about.isFile() || about.size > room || changed.length >= HOOK_LIMITS.commandFiles) continue;
    const content = await readFile(file, "utf8");
    if (before.get(name) === content) continue;
    room -= about.size;
    changed.push({ path: name, content });
  }
  return changed;
}
