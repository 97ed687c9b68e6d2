import type { Node } from "oxc-parser";
import type { Declaration, Modules } from "./modules.ts";
import { isFunction, nameOf } from "./syntax.ts";

/** A type annotation, a zod expression or a declaration, and the file whose names it uses. */
export interface Type {
  readonly node: Node;
  readonly path: string;
}

/** The node below an `as`, an `await` and the like. */
export function unwrap(node: Node): Node {
  switch (node.type) {
    case "TSTypeAnnotation":
    case "TSParenthesizedType":
    case "TSTypeOperator":
      return node.type === "TSTypeOperator" && node.operator === "keyof" ? node : unwrap(node.typeAnnotation);
    case "TSAsExpression":
    case "TSSatisfiesExpression":
    case "TSNonNullExpression":
    case "ParenthesizedExpression":
    case "ChainExpression":
      return unwrap(node.expression);
    case "AwaitExpression":
      return unwrap(node.argument);
    default:
      return node;
  }
}

/** The identifier that a dotted name starts with. */
export function rootName(node: Node): string | undefined {
  if (node.type === "TSQualifiedName") return rootName(node.left);
  if (node.type === "MemberExpression") return rootName(node.object);
  return nameOf(node);
}

/** What the name of a type, or of a schema in `z.infer<typeof Schema>`, stands for. */
export function declarationOf(modules: Modules, { node, path }: Type): Declaration | undefined {
  if (node.type === "TSTypeReference") return modules.resolve(path, rootName(node.typeName) ?? "", "types");
  if (node.type === "TSTypeQuery") return modules.resolve(path, rootName(node.exprName) ?? "", "values");
  if (node.type === "Identifier") return modules.resolve(path, node.name, "values");
  return undefined;
}

/** The type of a property, looked up through names, intersections, wrappers like `Partial` and zod objects. */
export function propertyOf(modules: Modules, type: Type, key: string): Type | undefined {
  const node = unwrap(type.node);
  const at = (child: Node | null | undefined): Type | undefined =>
    child ? propertyOf(modules, { node: child, path: type.path }, key) : undefined;
  const declaration = declarationOf(modules, { node, path: type.path });
  if (declaration !== undefined) return propertyOf(modules, typeOfDeclaration(declaration), key);
  switch (node.type) {
    case "TSTypeReference":
      return at(node.typeArguments?.params[0]);
    case "TSTypeAliasDeclaration":
      return at(node.typeAnnotation);
    case "TSIntersectionType":
    case "TSUnionType":
      return firstOf(node.types, at);
    case "TSArrayType":
      return at(node.elementType);
    case "TSIndexedAccessType":
      return at(indexed(modules, { node, path: type.path })?.node);
    case "VariableDeclarator":
      return at(node.id.typeAnnotation) ?? at(node.init);
    case "CallExpression":
      return firstOf(node.arguments, at) ?? at("object" in node.callee ? node.callee.object : undefined);
    case "TSInterfaceDeclaration":
      return (
        member(node.body.body, key, type.path) ??
        firstOf(node.extends, ({ expression }) => inherited(modules, type, expression, key))
      );
    case "TSTypeLiteral":
      return member(node.members, key, type.path);
    case "ObjectExpression":
      return member(node.properties, key, type.path);
    default:
      return undefined;
  }
}

function inherited(modules: Modules, { path }: Type, parent: Node, key: string): Type | undefined {
  const found = modules.resolve(path, rootName(parent) ?? "", "types");
  return found && propertyOf(modules, typeOfDeclaration(found), key);
}

const typeOfDeclaration = ({ node, source }: Declaration): Type => ({ node, path: source.path });

/** `Candidate["task"]`. */
function indexed(modules: Modules, { node, path }: Type): Type | undefined {
  if (node.type !== "TSIndexedAccessType" || node.indexType.type !== "TSLiteralType") return undefined;
  const key = nameOf(node.indexType.literal);
  return key === undefined ? undefined : propertyOf(modules, { node: node.objectType, path }, key);
}

function firstOf<Item, Found>(items: readonly Item[], find: (item: Item) => Found | undefined): Found | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function member(members: readonly Node[], key: string, path: string): Type | undefined {
  for (const node of members) {
    if (!("key" in node) || nameOf(node.key) !== key) continue;
    if (node.type === "TSPropertySignature") return typeAt(node.typeAnnotation, path);
    if (node.type === "TSMethodSignature") return typeAt(node.returnType, path);
    if (node.type === "Property") return { node: node.value, path };
  }
  return undefined;
}

const typeAt = (node: Node | null | undefined, path: string): Type | undefined => (node ? { node, path } : undefined);

/** What a function of this type gives back. */
export function resultOf(modules: Modules, { node, path }: Type): Type | undefined {
  const inner = unwrap(node);
  if (inner.type === "VariableDeclarator" && inner.init !== null) return resultOf(modules, { node: inner.init, path });
  if (isFunction(inner) || inner.type === "TSFunctionType") return typeAt(inner.returnType, path);
  const declaration = inner.type === "TSTypeReference" ? declarationOf(modules, { node: inner, path }) : undefined;
  if (declaration?.node.type !== "TSTypeAliasDeclaration") return { node: inner, path };
  return resultOf(modules, { node: declaration.node.typeAnnotation, path: declaration.source.path });
}

/** The property that an indexed access names; the type itself otherwise. */
export const indexedOrSelf = (modules: Modules, type: Type): Type | undefined =>
  type.node.type === "TSIndexedAccessType" ? indexed(modules, type) : type;
