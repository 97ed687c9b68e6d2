import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import * as z from "zod";
import { StartError } from "./failures.ts";

/** Templates and code assets, ready to bring up. */
export interface Assembly {
  readonly folder: string;
  /** Made in this start, rather than found as the last one left it. */
  readonly isNew: boolean;
}

/** How the app is to be synthesized. */
export interface Synthesis {
  /** Beside what `cdk.json` says. */
  readonly context?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What synth reads. The embedded cloud and the command are under `infra` as well, but no template depends on them. */
const SOURCES = [
  "infra",
  "functions",
  "shared",
  "statemachines/definitions",
  "cdk.json",
  "package.json",
  "package-lock.json",
];
const NOT_SYNTHESIZED = /^infra\/(local|cli)\//;

const CdkJson = z.object({ context: z.record(z.string(), z.unknown()).default({}) });

/**
 * Synthesizes the CDK app into the state folder, unless the sources are what they were last time.
 *
 * @throws {StartError} the app does not synthesize. @throws {Error} `how.signal` came first.
 */
export async function prepareAssembly(project: string, stateDir: string, how: Synthesis = {}): Promise<Assembly> {
  const folder = join(stateDir, "assembly");
  const mark = join(folder, "sources.sha256");
  const digest = digestOf(project, how.context);
  if (existsSync(mark) && readFileSync(mark, "utf8") === digest) return { folder, isNew: false };
  rmSync(folder, { recursive: true, force: true });
  await synthesize(project, stateDir, how);
  writeFileSync(mark, digest);
  return { folder, isNew: true };
}

/** Bundles are built in the state folder too, so that starts of one checkout do not build into one another's. */
async function synthesize(project: string, stateDir: string, { context: more = {}, signal }: Synthesis): Promise<void> {
  const bundles = join(stateDir, "bundles");
  const { context } = CdkJson.parse(JSON.parse(readFileSync(join(project, "cdk.json"), "utf8")));
  const child = spawn(process.execPath, [join(project, "infra", "app.ts")], {
    cwd: project,
    env: {
      ...process.env,
      BUNDLE_DIR: bundles,
      CDK_OUTDIR: join(stateDir, "assembly"),
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, examples: "true", ...more }),
      CDK_VALIDATION: "false",
    },
    stdio: ["ignore", "ignore", "pipe"],
    ...(signal === undefined ? {} : { signal }),
  });
  const [errors, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  rmSync(bundles, { recursive: true, force: true }); // the assembly has its copies
  if (code === 0) return;
  const reason =
    errors.split("\n").find((line) => /^(\w*Error\b|\[Error)/.test(line)) ?? errors.trim().split("\n").at(-1) ?? "";
  throw new StartError(`the CDK app does not synthesize: ${reason.trim()}`, "run `npm run synth` to see all of it");
}

/** One hash over the content of every source file, by name. */
function digestOf(project: string, context: Synthesis["context"]): string {
  const hash = createHash("sha256").update(process.version).update(context === undefined ? "" : JSON.stringify(context));
  for (const file of SOURCES.flatMap((source) => filesOf(project, source)).sort()) {
    const content = readFileSync(join(project, file));
    hash.update(`\0${file}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

function filesOf(project: string, source: string): string[] {
  if (source.endsWith(".json")) return [source];
  return readdirSync(join(project, source), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(project.length + 1))
    .filter((file) => !NOT_SYNTHESIZED.test(file));
}
