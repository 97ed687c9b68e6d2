import type { Node } from "oxc-parser";
import { isFunction, lineOf, nameOf, type Source, walk } from "./syntax.ts";

/** Something with more lines than the house allows. */
export interface Oversize {
  readonly place: string;
  readonly lines: number;
}

/** Files over `most` lines, the longest first. */
export function longFiles(sources: readonly Source[], most: number): readonly Oversize[] {
  const sizes = sources.map(({ path, text }) => ({ place: path, lines: text.trimEnd().split("\n").length }));
  return longest(sizes, most);
}

/** Functions over `most` lines, from the first line of the function to its closing brace, the longest first. */
export function longFunctions(sources: readonly Source[], most: number): readonly Oversize[] {
  return longest(sources.flatMap(functionSizes), most);
}

function functionSizes(source: Source): readonly Oversize[] {
  const sizes: Oversize[] = [];
  const visit = (node: Node, holder: string | undefined): void => {
    const own = "id" in node ? node.id : "key" in node ? node.key : undefined;
    const name = nameOf(own) ?? holder;
    if (isFunction(node)) {
      const line = lineOf(source, node.start);
      const lines = lineOf(source, node.end) - line + 1;
      sizes.push({ place: `${source.path}:${line} ${name ?? "(anonymous)"}`, lines });
    }
    walk(node, (child) => {
      if (child !== node) visit(child, node.type === "VariableDeclarator" || "key" in node ? name : undefined);
      return child === node;
    });
  };
  visit(source.program, undefined);
  return sizes;
}

const longest = (sizes: readonly Oversize[], most: number): readonly Oversize[] =>
  sizes.filter(({ lines }) => lines > most).toSorted((a, b) => b.lines - a.lines);
