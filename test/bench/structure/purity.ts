import { posix } from "node:path";
import type { Node } from "oxc-parser";
import { lineOf, nameOf, type Source, walk } from "./syntax.ts";

/** One use of the clock, of chance or of the environment. */
export interface Impurity {
  readonly path: string;
  readonly line: number;
  readonly name: string;
}

const IMPURE_MEMBERS = new Set(["Date.now", "Math.random", "process.env", "crypto.randomUUID"]);

/**
 * Where `deps` are made: handlers, `create-*.ts` and the reader of the environment. `infra/` is not the domain, nor is the
 * page: it is a client with a browser's clock.
 */
const isAllowed = (path: string): boolean =>
  path.startsWith("infra/") || path.startsWith("functions/serve-dashboard/page/") || /^(handler|config|create-.*)\.ts$/.test(posix.basename(path));

/** Uses in `shared/` and `functions/` outside the places that build `deps`, and how many the allowed places hold. */
export function findImpurities(sources: readonly Source[]): { outside: readonly Impurity[]; allowed: number } {
  const all = sources.flatMap(impuritiesOf);
  const outside = all.filter(({ path }) => !isAllowed(path));
  return { outside, allowed: all.length - outside.length };
}

function impuritiesOf(source: Source): readonly Impurity[] {
  const found: Impurity[] = [];
  walk(source.program, (node) => {
    if (node.type === "ImportDeclaration") return false;
    const name = impureName(node);
    if (name !== undefined) found.push({ path: source.path, line: lineOf(source, node.start), name });
    return name === undefined;
  });
  return found;
}

function impureName(node: Node): string | undefined {
  if (node.type === "Identifier") return node.name === "randomUUID" ? "randomUUID" : undefined;
  if (node.type === "NewExpression") {
    return nameOf(node.callee) === "Date" && node.arguments.length === 0 ? "new Date()" : undefined;
  }
  if (node.type !== "MemberExpression") return undefined;
  const name = `${nameOf(node.object)}.${nameOf(node.property)}`;
  return IMPURE_MEMBERS.has(name) ? name : undefined;
}
