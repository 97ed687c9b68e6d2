import type { Node } from "oxc-parser";
import type { Modules } from "./modules.ts";
import { boundNames, lineOf, type Source } from "./syntax.ts";

/** One exported name of a file. A zod schema and its type are one export. */
export interface Export {
  readonly path: string;
  readonly name: string;
  readonly line: number;
  /** TSDoc comments directly before its declarations. */
  readonly comment: string | undefined;
  /** Files that import it. */
  readonly importers: number;
}

/** Every export of `shared/`, by file and in file order. Re-exports are not counted a second time. */
export function sharedExports({ all }: Modules): readonly Export[] {
  const importers = countImporters([...all.values()].flatMap(({ imports }) => imports));
  const sources = [...all.values()].map(({ source }) => source).filter(({ path }) => path.startsWith("shared/"));
  return sources.flatMap((source) =>
    [...exportsOf(source)].map(([name, found]) => ({
      path: source.path,
      name,
      ...found,
      importers: importers.get(`${source.path}#${name}`)?.size ?? 0,
    })),
  );
}

/** The exports that most files import, the most imported first. */
export const mostImported = (exports: readonly Export[], count: number): readonly Export[] =>
  exports.toSorted((a, b) => b.importers - a.importers).slice(0, count);

function countImporters(imports: readonly { from: string; to: string; names: readonly string[] }[]) {
  const importers = new Map<string, Set<string>>();
  for (const { from, to, names } of imports) {
    for (const name of names) {
      const id = `${to}#${name}`;
      importers.set(id, (importers.get(id) ?? new Set()).add(from));
    }
  }
  return importers;
}

function exportsOf(source: Source) {
  const found = new Map<string, Pick<Export, "line" | "comment">>();
  for (const statement of source.program.body) {
    if (statement.type !== "ExportNamedDeclaration" || statement.declaration === null) continue;
    const comment = commentBefore(source, statement.start);
    for (const name of declaredNames(statement.declaration)) {
      const before = found.get(name);
      const comments = [before?.comment, comment].filter((text) => text !== undefined);
      found.set(name, {
        line: before?.line ?? lineOf(source, statement.start),
        comment: comments.length === 0 ? undefined : comments.join("\n"),
      });
    }
  }
  return found;
}

function declaredNames(declaration: Node): readonly string[] {
  if (declaration.type === "VariableDeclaration") return declaration.declarations.flatMap(({ id }) => boundNames(id));
  return "id" in declaration && declaration.id?.type === "Identifier" ? [declaration.id.name] : [];
}

function commentBefore({ text, comments }: Source, start: number): string | undefined {
  const comment = comments.findLast(({ end }) => end <= start);
  if (comment?.type !== "Block" || !comment.value.startsWith("*")) return undefined;
  return text.slice(comment.end, start).trim() === "" ? comment.value : undefined;
}
