import type { BuiltInArgs } from "./built-ins.ts";
import { flawOfPath } from "../command/programs.ts";

/** Folders and files that hold what nobody's edit should touch. */
const KEPT: ReadonlySet<string> = new Set([".git", ".env", ".ssh", ".aws", ".npmrc", ".netrc", "id_rsa", "id_ed25519"]);
const MOST_CHARACTERS = 1024;

/** Fields of an input in which files are looked for, unless a hook names one. */
const FIELDS = ["file", "path", "files", "paths"] as const;

/** The files that an input names: texts, or objects with a `path`. */
export function filesIn(input: Readonly<Record<string, unknown>>, field: string | undefined): readonly string[] {
  const values = (field === undefined ? FIELDS : [field]).map((name) => (Object.hasOwn(input, name) ? input[name] : undefined));
  return values.flat().flatMap((value) => {
    if (typeof value === "string") return [value];
    return typeof value === "object" && value !== null && "path" in value && typeof value.path === "string" ? [value.path] : [];
  });
}

/** What is wrong with files, each flaw in words; none when they may be edited. */
export function flawsOfFiles(files: readonly string[], { most, extensions }: Pick<BuiltInArgs<"check-files">, "most" | "extensions">): readonly string[] {
  if (files.length === 0) return ["the input names no file"];
  if (files.length > most) return [`the input names ${files.length} files, more than ${most}`];
  return files.flatMap((file) => flawOfFile(file, extensions) ?? []);
}

function flawOfFile(file: string, extensions: readonly string[] | undefined): string | undefined {
  if (file === "" || file.length > MOST_CHARACTERS || /[\p{C}\p{Zl}\p{Zp}\\]/u.test(file)) return `${JSON.stringify(file.slice(0, 80))} is no path`;
  const flaw = flawOfPath(file);
  if (flaw !== undefined) return flaw;
  const kept = file.split("/").find((part) => KEPT.has(part.toLowerCase()));
  if (kept !== undefined) return `'${file}' touches ${kept}`;
  const extension = /\.([^./]+)$/.exec(file)?.[1] ?? "";
  return extensions === undefined || extensions.includes(extension) ? undefined : `'${file}' is of none of the kinds ${extensions.join(", ")}`;
}
