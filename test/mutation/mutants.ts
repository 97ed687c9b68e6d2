import { createHash } from "node:crypto";
import { type Function as FunctionNode, type ArrowFunctionExpression, type Node, parseSync, visitorKeys } from "oxc-parser";
import { type Edit, editsOf, type MutationKind } from "./operators.ts";

/** A function's body, where a probe can tell that it ran. */
export interface Place {
  readonly start: number;
  readonly end: number;
  /** An arrow's value; otherwise a block. */
  readonly isExpression: boolean;
}

/** One change of one file. */
export interface Mutant {
  /** Stays the same while the code around it changes: made of file, function, change, and which of equal ones it is. */
  readonly id: string;
  readonly file: string;
  readonly line: number;
  /** Name of the function it is in, or of the constant. */
  readonly where: string;
  readonly kind: MutationKind;
  /** What stands there and what takes its place, for people. */
  readonly change: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** The function that has to run for the mutant to matter; absent: it is in what a file does when it is loaded. */
  readonly place: Place | undefined;
}

/** All mutants of a source text. */
export function mutantsOf(file: string, code: string): readonly Mutant[] {
  const { program, errors } = parseSync(file, code);
  if (errors.length > 0) throw new Error(`${file} cannot be parsed: ${errors[0]?.message ?? ""}`);
  const found: Mutant[] = [];
  const known = new Map<string, number>();
  const negated = new Set<string>();
  visit(program, { names: [], place: undefined }, (node, scope) => {
    for (const edit of editsOf(node, code)) {
      const span = `${edit.start}-${edit.end}`;
      if (edit.kind === "negate-condition") negated.add(span);
      // A condition that is one equality was turned round already.
      if (edit.kind === "swap-comparison" && negated.has(span) && /[!=]==/.test(edit.text)) continue;
      found.push(describe(edit, { file, code, scope, known }));
    }
  });
  return found;
}

/** The text of a file with a mutant in place. */
export const mutated = (code: string, { start, end, text }: Pick<Mutant, "start" | "end" | "text">): string =>
  code.slice(0, start) + text + code.slice(end);

interface Scope {
  readonly names: readonly string[];
  readonly place: Place | undefined;
}

interface Context {
  readonly file: string;
  readonly code: string;
  readonly scope: Scope;
  /** How often a change was met in its function. */
  readonly known: Map<string, number>;
}

function describe(edit: Edit, { file, code, scope, known }: Context): Mutant {
  const where = scope.names.join(".");
  const change = `${short(code.slice(edit.start, edit.end))} → ${edit.text === "" || edit.text === ";" ? "(nothing)" : short(edit.text)}`;
  const name = [file, where, edit.kind, change].join(" ");
  const times = known.get(name) ?? 0;
  known.set(name, times + 1);
  const id = createHash("sha256").update(`${name} ${times}`).digest("hex").slice(0, 10);
  const line = code.slice(0, edit.start).split("\n").length;
  return { id, file, line, where, change, ...edit, place: scope.place };
}

/** On one line. Long texts are told apart by a digest. */
function short(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, " ");
  return line.length <= 100 ? line : `${line.slice(0, 90)}… #${createHash("sha256").update(line).digest("hex").slice(0, 6)}`;
}

function visit(node: Node, scope: Scope, see: (node: Node, scope: Scope) => void): void {
  if (isEnumeration(node)) return;
  see(node, scope);
  const inner = scopeIn(node, scope);
  const values = new Map<string, unknown>(Object.entries(node));
  for (const key of visitorKeys[node.type] ?? []) {
    const value = values.get(key);
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) visit(child, inner, see);
    }
  }
}

/** `z.enum([…])`: the list is a type, and the compiler watches it. */
const isEnumeration = (node: Node): boolean =>
  node.type === "CallExpression" &&
  node.callee.type === "MemberExpression" &&
  node.callee.property.type === "Identifier" &&
  node.callee.property.name === "enum";

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

/** What is inside of a node: a function has a place of its own; what has a name adds it. */
function scopeIn(node: Node, scope: Scope): Scope {
  const name = nameOf(node);
  const names = name === undefined ? scope.names : [...scope.names, name];
  const place = placeOf(node) ?? scope.place;
  return names === scope.names && place === scope.place ? scope : { names, place };
}

function nameOf(node: Node): string | undefined {
  switch (node.type) {
    case "FunctionDeclaration":
    case "ClassDeclaration":
      return node.id?.name;
    case "VariableDeclarator":
      return node.id.type === "Identifier" ? node.id.name : undefined;
    case "MethodDefinition":
      return node.key.type === "Identifier" || node.key.type === "PrivateIdentifier" ? node.key.name : undefined;
    default:
      return undefined;
  }
}

const isFunction = (node: Node): node is FunctionNode | ArrowFunctionExpression =>
  node.type === "ArrowFunctionExpression" || node.type === "FunctionDeclaration" || node.type === "FunctionExpression";

function placeOf(node: Node): Place | undefined {
  if (!isFunction(node) || node.body === null) return undefined;
  const { start, end, type } = node.body;
  return { start, end, isExpression: type !== "BlockStatement" };
}
