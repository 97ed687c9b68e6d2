import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Comment, type Node, type Program, parseSync, visitorKeys } from "oxc-parser";

/** One parsed file. `path` is relative to the repository, with forward slashes. */
export interface Source {
  readonly path: string;
  readonly text: string;
  readonly program: Program;
  readonly comments: readonly Comment[];
}

/** A function of any form: declaration, expression, arrow or method. */
export type FunctionNode = Extract<
  Node,
  { type: "FunctionDeclaration" | "FunctionExpression" | "ArrowFunctionExpression" }
>;

/**
 * Parses every `.ts` and `.tsx` file below `folders`, in the order of their paths.
 *
 * @throws {Error} a file does not parse.
 */
export function parseSources(root: string, folders: readonly string[]): readonly Source[] {
  const patterns = folders.map((folder) => `${folder}/**/*.{ts,tsx}`);
  const paths = globSync(patterns, { cwd: root, exclude: ["**/node_modules/**"] });
  return paths.toSorted().map((path) => {
    const text = readFileSync(join(root, path), "utf8");
    const { program, comments, errors } = parseSync(path, text);
    if (errors[0] !== undefined) throw new Error(`${path} does not parse: ${errors[0].message}`);
    return { path, text, program, comments };
  });
}

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && "type" in value;

/** The nodes directly below one. */
export function childrenOf(node: Node): readonly Node[] {
  return (visitorKeys[node.type] ?? []).flatMap((key) => {
    const value: unknown = Reflect.get(node, key);
    return (Array.isArray(value) ? value : [value]).filter(isNode);
  });
}

/** Visits a node and what is below it, parents first; `visit` returns false to leave out what is below. */
export function walk(node: Node, visit: (node: Node) => boolean): void {
  if (!visit(node)) return;
  for (const child of childrenOf(node)) walk(child, visit);
}

/** Every node below one, itself included, that `is` accepts. */
export function collect<Wanted extends Node>(node: Node, is: (node: Node) => node is Wanted): readonly Wanted[] {
  const found: Wanted[] = [];
  walk(node, (child) => {
    if (is(child)) found.push(child);
    return true;
  });
  return found;
}

/** Whether a node is a function of any form. */
export const isFunction = (node: Node): node is FunctionNode =>
  node.type === "FunctionDeclaration" || node.type === "FunctionExpression" || node.type === "ArrowFunctionExpression";

/** Line of an offset, from 1. */
export const lineOf = ({ text }: Source, offset: number): number => text.slice(0, offset).split("\n").length;

/** Name of a property or binding that is written as an identifier or a string. */
export function nameOf(node: Node | null | undefined): string | undefined {
  if (node?.type === "Identifier") return node.name;
  return node?.type === "Literal" && typeof node.value === "string" ? node.value : undefined;
}

/** Names that a pattern binds: `{ a, b: { c } }` gives a and c. */
export function boundNames(pattern: Node): readonly string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "Property":
      return boundNames(pattern.value);
    case "AssignmentPattern":
      return boundNames(pattern.left);
    case "TSParameterProperty":
      return boundNames(pattern.parameter);
    case "ObjectPattern":
    case "ArrayPattern":
    case "RestElement":
      return childrenOf(pattern).filter((child) => child.type !== "TSTypeAnnotation").flatMap(boundNames);
    default:
      return [];
  }
}
