import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { type Mutant, mutated } from "./mutants.ts";

/** What is compiled: what imports it states its types. */
const SOURCES = ["shared", "package.json", "tsconfig.json"];

/**
 * Those of some mutants of `shared` that the compiler refuses, so that they cannot be in a program. Works on a copy of
 * the sources, of every file one mutant at a time; what a mutant breaks in another file is left to the tests.
 */
export async function refusedByCompiler(root: string, mutants: readonly Mutant[]): Promise<ReadonlySet<Mutant>> {
  const copy = await mkdtemp(join(tmpdir(), "mutants-"));
  try {
    for (const name of SOURCES) await cp(join(root, name), join(copy, name), { recursive: true });
    await symlink(join(root, "node_modules"), join(copy, "node_modules"));
    await writeFile(join(copy, "tsconfig.shared.json"), JSON.stringify({ extends: "./tsconfig.json", include: ["shared"] }));
    const refused: Mutant[] = [];
    for (const round of roundsOf(mutants)) refused.push(...(await refusedOfRound(copy, round)));
    return new Set(refused);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** Mutants of different files can be compiled together. */
function roundsOf(mutants: readonly Mutant[]): readonly (readonly Mutant[])[] {
  const ofFiles = [...Map.groupBy(mutants, ({ file }) => file).values()];
  const count = Math.max(0, ...ofFiles.map(({ length }) => length));
  return Array.from({ length: count }, (_, nth) => ofFiles.flatMap((ofFile) => ofFile[nth] ?? []));
}

async function refusedOfRound(folder: string, round: readonly Mutant[]): Promise<readonly Mutant[]> {
  const texts = await Promise.all(round.map(({ file }) => readFile(join(folder, file), "utf8")));
  const writeAll = (textOf: (mutant: Mutant, index: number) => string) =>
    Promise.all(round.map((mutant, index) => writeFile(join(folder, mutant.file), textOf(mutant, index))));
  await writeAll((mutant, index) => mutated(texts[index] ?? "", mutant));
  const flawed = await flawedFiles(folder);
  await writeAll((_, index) => texts[index] ?? "");
  return round.filter(({ file }) => flawed.has(file));
}

const Failure = z.object({ code: z.int(), stdout: z.string() });

/** Files with an error. The compiler prints `path(line,column): error …`, and ends with 1 or 2. */
function flawedFiles(folder: string): Promise<ReadonlySet<string>> {
  const { promise, resolve, reject } = Promise.withResolvers<ReadonlySet<string>>();
  const options = { cwd: folder, maxBuffer: 64 * 1024 * 1024 };
  const flags = ["-p", "tsconfig.shared.json", "--pretty", "false", "--incremental", "--tsBuildInfoFile", ".tsbuildinfo"];
  execFile(join(folder, "node_modules/.bin/tsc"), flags, options, (error, stdout) => {
    if (error === null) return resolve(new Set());
    const { success } = Failure.safeParse({ code: error.code, stdout });
    if (!success) return reject(error);
    resolve(new Set([...stdout.matchAll(/^([^(\s]+)\(\d+,\d+\): error/gm)].flatMap(([, file]) => file ?? [])));
  });
  return promise;
}
