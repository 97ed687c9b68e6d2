import type { Node } from "oxc-parser";
import type { Carries } from "./carriers.ts";
import type { Modules } from "./modules.ts";
import { childrenOf, isFunction, nameOf, walk } from "./syntax.ts";
import { propertyOf, resultOf, type Type, unwrap } from "./types.ts";

/** Methods of lists and maps whose result holds what the list or map holds. */
const SAME_ELEMENTS = /^(at|concat|filter|find|findLast|get|slice|toReversed|toSorted|values)$/;
const VISITS_ELEMENTS = /^(every|filter|find|findIndex|flatMap|forEach|map|some)$/;

interface Scope {
  readonly modules: Modules;
  readonly carries: Carries;
  readonly path: string;
  /** Types of the names bound so far; inner functions share it. */
  readonly types: Map<string, Type>;
  readonly names: Set<string>;
}

/**
 * Names of parameters and variables, those that destructuring binds included, that one function gives to carriers.
 * Annotations tell the types; a name whose type they do not tell is left out.
 */
export function carrierNames(modules: Modules, carries: Carries, { node, path }: Type): ReadonlySet<string> {
  const scope: Scope = { modules, carries, path, types: new Map(), names: new Set() };
  walk(node, (child) => {
    readBinding(scope, child);
    return true;
  });
  return scope.names;
}

function readBinding(scope: Scope, node: Node): void {
  if (isFunction(node)) {
    for (const parameter of node.params) bind(scope, parameter, undefined);
  } else if (node.type === "CallExpression") {
    bindCallback(scope, node);
  } else if (node.type === "VariableDeclarator") {
    bind(scope, node.id, node.init === null ? undefined : typeOf(scope, node.init));
  } else if (node.type === "ForOfStatement" && node.left.type === "VariableDeclaration") {
    for (const { id } of node.left.declarations) bind(scope, id, typeOf(scope, node.right));
  }
}

/** `records.map((record) => …)`: the parameter has the type of the elements. */
function bindCallback(scope: Scope, call: Extract<Node, { type: "CallExpression" }>): void {
  const { callee } = call;
  const [callback] = call.arguments;
  if (callee.type !== "MemberExpression" || callback === undefined || !isFunction(callback)) return;
  const [first] = callback.params;
  if (first === undefined || !VISITS_ELEMENTS.test(nameOf(callee.property) ?? "")) return;
  bind(scope, first, typeOf(scope, callee.object));
}

/** Gives the names of a pattern their types; its own annotation comes before what is known of the value. */
function bind(scope: Scope, pattern: Node, known: Type | undefined): void {
  const annotation = "typeAnnotation" in pattern ? pattern.typeAnnotation : undefined;
  const type = annotation ? { node: annotation, path: scope.path } : known;
  switch (pattern.type) {
    case "Identifier":
      if (type === undefined) return;
      scope.types.set(pattern.name, type);
      if (scope.carries(type)) scope.names.add(pattern.name);
      return;
    case "TSParameterProperty":
      return bind(scope, pattern.parameter, type);
    case "AssignmentPattern":
      return bind(scope, pattern.left, type);
    case "RestElement":
      return bind(scope, pattern.argument, type);
    case "ArrayPattern":
      for (const element of childrenOf(pattern)) if (element.type !== "TSTypeAnnotation") bind(scope, element, type);
      return;
    case "ObjectPattern":
      for (const property of pattern.properties) bindProperty(scope, property, type);
      return;
    default:
  }
}

function bindProperty(scope: Scope, property: Node, type: Type | undefined): void {
  if (property.type === "RestElement") return bind(scope, property, type);
  if (property.type !== "Property" || type === undefined) return;
  bind(scope, property.value, propertyOf(scope.modules, type, nameOf(property.key) ?? ""));
}

function typeOf(scope: Scope, expression: Node): Type | undefined {
  const node = unwrap(expression);
  const here = { node, path: scope.path };
  switch (node.type) {
    case "Identifier":
      return scope.types.get(node.name) ?? globalType(scope, node.name);
    case "MemberExpression": {
      const object = typeOf(scope, node.object);
      return object && propertyOf(scope.modules, object, nameOf(node.property) ?? "");
    }
    case "CallExpression":
      return callType(scope, node.callee);
    case "ConditionalExpression":
      return typeOf(scope, node.consequent) ?? typeOf(scope, node.alternate);
    case "LogicalExpression":
      return typeOf(scope, node.operator === "&&" ? node.right : node.left) ?? typeOf(scope, node.right);
    case "ObjectExpression":
    case "ArrayExpression":
      return literalType(scope, node) ?? here;
    default:
      return undefined;
  }
}

/** The type of a literal is that of the first part that carries the message. */
function literalType(scope: Scope, literal: Node): Type | undefined {
  for (const child of childrenOf(literal)) {
    const value = child.type === "Property" ? child.value : child.type === "SpreadElement" ? child.argument : child;
    const type = typeOf(scope, value);
    if (type !== undefined && scope.carries(type)) return type;
  }
  return undefined;
}

function globalType({ modules, path }: Scope, name: string): Type | undefined {
  const found = modules.resolve(path, name, "values");
  return found && { node: found.node, path: found.source.path };
}

function callType(scope: Scope, callee: Node): Type | undefined {
  if (callee.type === "MemberExpression") {
    const object = typeOf(scope, callee.object);
    const name = nameOf(callee.property) ?? "";
    const method = object && propertyOf(scope.modules, object, name);
    if (method !== undefined) return resultOf(scope.modules, method);
    return SAME_ELEMENTS.test(name) ? object : undefined;
  }
  const called = typeOf(scope, callee);
  return called && resultOf(scope.modules, called);
}
