import type { Node } from "oxc-parser";
import type { Declaration, Modules } from "./modules.ts";
import { childrenOf, isFunction } from "./syntax.ts";
import { declarationOf, indexedOrSelf, type Type } from "./types.ts";

/** What a task message is made of and becomes: itself, the run it names, and the row of its task. */
const SEEDS = ["TaskMessage", "RunRef", "TaskRecord"];

/** Tells whether a type is one of the seeds or contains one as data; what a function takes or gives is not data. */
export type Carries = (type: Type) => boolean;

/**
 * Finds the carrier types of `shared/` and `functions/` as a fixed point: a type that has a property, an element, a
 * part or a type argument of a carrier type is one too, and so is a zod schema built from a carrier's schema.
 *
 * @throws {Error} a seed is not declared in `shared/`.
 */
export function findCarriers(modules: Modules): { carries: Carries; names: readonly string[] } {
  const declarations = [...modules.all.values()]
    .filter(({ source }) => !source.path.startsWith("infra/"))
    .flatMap(({ source, types, values }) => [...types, ...values].map(([name, node]) => ({ source, name, node })));
  const found = new Set<Node>();
  for (const name of SEEDS) {
    const seeds = declarations.filter((one) => one.name === name && one.source.path.startsWith("shared/"));
    if (seeds.length === 0) throw new Error(`no type ${name} in shared/: name its successor in SEEDS`);
    for (const { node } of seeds) found.add(node);
  }
  const carries: Carries = (type) => carriesIn(modules, found, type);
  for (let size = 0; size !== found.size; ) {
    size = found.size;
    for (const one of declarations) if (isData(one) && bodyOf(one).some(carries)) found.add(one.node);
  }
  const isType = ({ node }: Declaration): boolean => node.type.startsWith("TS") || node.type === "ClassDeclaration";
  const names = declarations.filter((one) => isType(one) && found.has(one.node)).map(({ name }) => name);
  return { carries, names: [...new Set(names)].toSorted() };
}

const isData = ({ node }: Declaration): boolean => node.type !== "FunctionDeclaration";

function bodyOf({ node, source: { path } }: Declaration): readonly Type[] {
  const parts = childrenOf(node).filter((child) => !("id" in node) || child !== node.id);
  return parts.map((part) => ({ node: part, path }));
}

function carriesIn(modules: Modules, found: ReadonlySet<Node>, { node, path }: Type): boolean {
  if (isFunction(node) || isNoData(node)) return false;
  const self = indexedOrSelf(modules, { node, path });
  if (self === undefined) return false;
  if (self.node !== node) return carriesIn(modules, found, self);
  const declaration = declarationOf(modules, { node, path });
  if (declaration !== undefined && found.has(declaration.node)) return true;
  return dataBelow(node).some((child) => carriesIn(modules, found, { node: child, path }));
}

/** Functions of an interface, `keyof`, and the bounds of type parameters. */
function isNoData(node: Node): boolean {
  switch (node.type) {
    case "TSFunctionType":
    case "TSConstructorType":
    case "TSMethodSignature":
    case "TSTypeParameterDeclaration":
    case "MethodDefinition":
      return true;
    default:
      return node.type === "TSTypeOperator" && node.operator === "keyof";
  }
}

/** Names of members and keys are not types. */
function dataBelow(node: Node): readonly Node[] {
  const children = childrenOf(node);
  if (node.type === "MemberExpression") return [node.object];
  if (node.type === "TSTypeReference") return node.typeArguments ? [node.typeArguments] : [];
  if ("key" in node) return children.filter((child) => child !== node.key);
  return children;
}
