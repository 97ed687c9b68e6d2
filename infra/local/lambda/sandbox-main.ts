/**
 * A sandbox: loads one function and answers calls, a line each, on standard input and output. Options: the function's folder,
 * its handler, and `isolated` where this process has mounts of its own: then it hides what is none of the function's business.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import * as z from "zod";

/** Temporary files of others, people's homes, sockets of services, and what the machine's owner mounts. */
const HIDDEN = ["/tmp", "/var/tmp", "/dev/shm", "/home", "/root", "/run", "/mnt", "/media", "/srv"];
/** Where programs are; the project lies elsewhere, or nothing of it can be hidden. */
const SYSTEM = new Set(["/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc", "/opt", "/dev", "/proc", "/sys", "/var"]);

const Call = z.object({ id: z.string(), payload: z.string() });
type Handler = (event: unknown) => unknown;
const isHandler = (value: unknown): value is Handler => typeof value === "function";

const [codeDir = "", handlerName = "", mode = ""] = process.argv.slice(2);
const say = process.stdout.write.bind(process.stdout);
// What the function prints is no reply.
process.stdout.write = process.stderr.write.bind(process.stderr);

async function load(): Promise<Handler> {
  const [file = "", name = ""] = handlerName.split(".");
  const path = [".mjs", ".js", ".cjs"].map((end) => join(codeDir, file + end)).find((each) => existsSync(each));
  const module: unknown = await import(pathToFileURL(path ?? file).href);
  const exported: unknown = Reflect.get(Object(module), name);
  if (!isHandler(exported)) throw new Error(`${codeDir} exports no ${handlerName}`);
  return exported;
}

/** An empty folder in the place of each; it is gone with the sandbox. */
function hide(): void {
  const project = `/${import.meta.dirname.split("/")[1] ?? ""}`;
  const folders = new Set([...HIDDEN, ...(SYSTEM.has(project) ? [] : [project])]);
  for (const folder of [...folders].filter((each) => existsSync(each))) {
    const { status, stderr } = spawnSync("mount", ["-t", "tmpfs", "-o", "size=256m", "tmpfs", folder], { encoding: "utf8" });
    if (status !== 0) throw new Error(`${folder} cannot be hidden: ${stderr}`);
  }
}

const describe = (error: unknown): object =>
  error instanceof Error ? { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") } : { errorType: typeof error, errorMessage: String(error) };

const handler = await load();
if (mode === "isolated") hide();

for await (const line of createInterface({ input: process.stdin })) {
  const { id, payload } = Call.parse(JSON.parse(line));
  void answer(id, payload);
}

async function answer(id: string, payload: string): Promise<void> {
  try {
    reply({ id, payload: JSON.stringify(await handler(JSON.parse(payload))) ?? "null", isError: false });
  } catch (error) {
    reply({ id, payload: JSON.stringify(describe(error)), isError: true });
  }
}

function reply(answered: { readonly id: string; readonly payload: string; readonly isError: boolean }): void {
  say(`${JSON.stringify(answered)}\n`);
}
