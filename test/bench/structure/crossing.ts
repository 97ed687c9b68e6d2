import type { Node } from "oxc-parser";
import { carrierNames } from "./bindings.ts";
import { type Carries, findCarriers } from "./carriers.ts";
import type { Declaration, Modules } from "./modules.ts";
import { boundNames, childrenOf, collect, isFunction, nameOf } from "./syntax.ts";

/** What a task message crosses on its way from the handler. */
export interface Crossing {
  readonly files: readonly string[];
  /** `path#name` of the crossed functions; a nested function belongs to its top-level declaration. */
  readonly functions: readonly string[];
  /** Names of parameters and variables bound to a carrier type in those functions. */
  readonly names: readonly string[];
  readonly carriers: readonly string[];
  /** Files that hold any reachable declaration, whatever it takes. */
  readonly reachedFiles: number;
  /** How many files are crossed when all that the handler imports is reached: the builders of its services too. */
  readonly filesWithServices: number;
}

const HANDLER = "functions/dispatch-task/handler.ts";
const USE_CASE = "dispatchTask";

/**
 * Follows the message from the handler's use case through every function that calls and references reach.
 *
 * @throws {Error} the handler does not call the use case any more.
 */
export function crossTaskMessage(modules: Modules): Crossing {
  const { carries, names: carriers } = findCarriers(modules);
  const { useCase, all } = entriesOf(modules);
  const reached = reach(modules, useCase);
  const crossed = reached.filter((one) => takesCarrier(carries, one));
  const withServices = reach(modules, all).filter((one) => takesCarrier(carries, one));
  const names = crossed.flatMap(({ node, source }) => [...carrierNames(modules, carries, { node, path: source.path })]);
  return {
    files: filesOf(crossed),
    functions: distinct(crossed.map(({ source, name }) => `${source.path}#${name}`)),
    names: distinct(names),
    carriers,
    reachedFiles: filesOf(reached).length,
    filesWithServices: filesOf(withServices).length,
  };
}

const distinct = (texts: readonly string[]): readonly string[] => [...new Set(texts)].toSorted();

const filesOf = (declarations: readonly Declaration[]): readonly string[] =>
  distinct(declarations.map(({ source }) => source.path));

/**
 * `useCase`: the use case and the imported functions that the handler names in its call, as they set the message's
 * course too. `all`: everything the handler imports.
 */
function entriesOf(modules: Modules): { useCase: readonly Declaration[]; all: readonly Declaration[] } {
  const handler = modules.all.get(HANDLER);
  if (handler === undefined) throw new Error(`${HANDLER} does not exist: name the handler's new path in HANDLER`);
  const [call] = collect(handler.source.program, isUseCaseCall);
  if (call === undefined) throw new Error(`${HANDLER} does not call ${USE_CASE}: name its use case in USE_CASE`);
  const resolve = (names: Iterable<string>): readonly Declaration[] =>
    [...names].map((name) => modules.resolve(HANDLER, name, "values")).filter((found) => found !== undefined);
  const imported = referencesOf(call).filter((name) => handler.imported.has(name));
  return { useCase: resolve(imported), all: resolve(handler.imported.keys()) };
}

const isUseCaseCall = (node: Node): node is Extract<Node, { type: "CallExpression" }> =>
  node.type === "CallExpression" && nameOf(node.callee) === USE_CASE;

function reach(modules: Modules, from: readonly Declaration[]): readonly Declaration[] {
  const reached = new Map(from.map((one) => [one.node, one]));
  // A map visits what is added while it is read.
  for (const { node, source } of reached.values()) {
    for (const name of referencesOf(node)) {
      const found = modules.resolve(source.path, name, "values");
      if (found !== undefined && !reached.has(found.node)) reached.set(found.node, found);
    }
  }
  return [...reached.values()];
}

function takesCarrier(carries: Carries, { node, source: { path } }: Declaration): boolean {
  const annotations = collect(node, isFunction)
    .flatMap(({ params }) => params)
    .map((param) => annotationOf(param));
  return annotations.some((annotation) => annotation !== undefined && carries({ node: annotation, path }));
}

function annotationOf(param: Node): Node | undefined {
  if (param.type === "TSParameterProperty") return annotationOf(param.parameter);
  if (param.type === "AssignmentPattern") return annotationOf(param.left);
  return ("typeAnnotation" in param ? param.typeAnnotation : undefined) ?? undefined;
}

const isVariable = (node: Node): node is Extract<Node, { type: "VariableDeclarator" }> =>
  node.type === "VariableDeclarator";

/** Names of values that a declaration uses and does not bind itself, in source order. */
function referencesOf(declaration: Node): readonly string[] {
  const variables = collect(declaration, isVariable).filter((one) => one !== declaration);
  const parameters = collect(declaration, isFunction).flatMap(({ params }) => params);
  const bound = new Set([...variables.map(({ id }) => id), ...parameters].flatMap(boundNames));
  const names: string[] = [];
  const visit = (node: Node): void => {
    if (node.type === "Identifier" && !bound.has(node.name)) names.push(node.name);
    for (const child of valuesBelow(node)) visit(child);
  };
  visit(declaration);
  return names;
}

/** Expressions below a node: no types, and no keys, which are not references. */
function valuesBelow(node: Node): readonly Node[] {
  const children = childrenOf(node).filter((child) => !child.type.startsWith("TS") || "expression" in child);
  if (node.type === "MemberExpression") return node.computed ? children : [node.object];
  if ("key" in node && !("computed" in node && node.computed)) return children.filter((child) => child !== node.key);
  return children;
}
