import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const ROOT = path.resolve(import.meta.dirname, "../..");

/** The sources of what is deployed and of what deploys it, by their paths from the root. */
export const files: readonly string[] = ["shared", "functions", "infra"].flatMap((folder) =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => `${folder}/${file}`),
);

export const readSource = (file: string): string => readFileSync(path.join(ROOT, file), "utf8");

/** Specifiers of static and dynamic imports and re-exports, those of types included. */
export const importsOf = (file: string): string[] => specifiersIn(readSource(file));

/** Specifiers of imports that are there when the program runs: those of types alone are erased. */
export const valueImportsOf = (file: string): string[] =>
  specifiersIn(readSource(file).replaceAll(/^(import|export) type [^;]*;/gm, ""));

function specifiersIn(text: string): string[] {
  const pattern = /(?:^|[\s;])(?:import|export)\s(?:[^"';]*?\sfrom\s)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/g;
  return [...text.matchAll(pattern)].map(([, fixed, lazy]) => fixed ?? lazy ?? "");
}

/** What a specifier in a file names: a path from the root when it is a file of ours, else a package. */
export const targetOf = (file: string, specifier: string): string =>
  specifier.startsWith(".") ? path.posix.join(path.posix.dirname(file), specifier) : specifier;
