import { posix } from "node:path";
import type { Node } from "oxc-parser";
import { boundNames, nameOf, type Source, walk } from "./syntax.ts";

/** What a name stands for: the file that declares it, and its declaration there. */
export interface Declaration {
  readonly source: Source;
  readonly name: string;
  readonly node: Node;
}

/** One relative import, re-export or `import()` of another file. */
export interface Import {
  readonly from: string;
  readonly to: string;
  /** Names as the other file exports them; empty for a whole module. */
  readonly names: readonly string[];
}

/** TypeScript keeps types and values apart: a zod schema and its type share one name. */
type Space = "types" | "values";

interface Origin {
  readonly path: string;
  readonly name: string;
}

interface Module {
  readonly source: Source;
  readonly types: Map<string, Node>;
  readonly values: Map<string, Node>;
  /** Local names of what is imported. */
  readonly imported: Map<string, Origin>;
  /** Exported names that differ from the local ones, or come from another file. */
  readonly renamed: Map<string, Origin>;
  readonly imports: Import[];
}

/** The names of all files, and what each stands for. */
export interface Modules {
  readonly all: ReadonlyMap<string, Module>;
  /** Follows a name from the file where it stands to its declaration; nothing for packages, globals and locals. */
  resolve(path: string, name: string, space: Space): Declaration | undefined;
}

/** Reads the imports, exports and top-level declarations of every file. */
export function linkModules(sources: readonly Source[]): Modules {
  const all = new Map(sources.map((source) => [source.path, readModule(source)]));
  const resolve = (path: string, name: string, space: Space, isImport = false): Declaration | undefined => {
    const module = all.get(path);
    if (module === undefined) return undefined;
    const renamed = isImport ? module.renamed.get(name) : undefined;
    if (renamed !== undefined) return resolve(renamed.path, renamed.name, space, renamed.path !== path);
    const node = module[space].get(name);
    if (node !== undefined) return { source: module.source, name, node };
    const origin = module.imported.get(name);
    return origin && resolve(origin.path, origin.name, space, true);
  };
  return { all, resolve: (path, name, space) => resolve(path, name, space) };
}

function readModule(source: Source): Module {
  const module: Module = {
    source,
    types: new Map(),
    values: new Map(),
    imported: new Map(),
    renamed: new Map(),
    imports: [],
  };
  for (const statement of source.program.body) readStatement(module, statement);
  walk(source.program, (node) => {
    if (node.type === "ImportExpression" || node.type === "TSImportType") addImport(module, node.source, []);
    return true;
  });
  return module;
}

function readStatement(module: Module, statement: Node): void {
  switch (statement.type) {
    case "ImportDeclaration": {
      const named = statement.specifiers.filter((one) => one.type === "ImportSpecifier");
      const names = named.map(({ imported }) => nameOf(imported) ?? "");
      const path = addImport(module, statement.source, names);
      if (path === undefined) return;
      for (const { local, imported } of named) module.imported.set(local.name, { path, name: nameOf(imported) ?? "" });
      return;
    }
    case "ExportNamedDeclaration": {
      if (statement.declaration !== null) return declare(module, statement.declaration);
      const names = statement.specifiers.map(({ local }) => nameOf(local) ?? "");
      const from = statement.source === null ? module.source.path : addImport(module, statement.source, names);
      for (const { local, exported } of statement.specifiers) {
        if (from !== undefined) module.renamed.set(nameOf(exported) ?? "", { path: from, name: nameOf(local) ?? "" });
      }
      return;
    }
    case "ExportAllDeclaration":
      addImport(module, statement.source, []);
      return;
    default:
      declare(module, statement);
  }
}

function declare({ types, values }: Module, node: Node): void {
  switch (node.type) {
    case "TSInterfaceDeclaration":
    case "TSTypeAliasDeclaration":
      types.set(node.id.name, node);
      return;
    case "ClassDeclaration":
    case "FunctionDeclaration":
      if (node.id === null) return;
      values.set(node.id.name, node);
      if (node.type === "ClassDeclaration") types.set(node.id.name, node);
      return;
    case "VariableDeclaration":
      for (const declarator of node.declarations) {
        for (const name of boundNames(declarator.id)) values.set(name, declarator);
      }
      return;
    default:
  }
}

/** @returns the path of the other file; nothing for a package. */
function addImport({ source, imports }: Module, specifier: Node, names: readonly string[]): string | undefined {
  const text = nameOf(specifier);
  if (text === undefined || !text.startsWith(".")) return undefined;
  const to = posix.join(posix.dirname(source.path), text);
  imports.push({ from: source.path, to, names });
  return to;
}
