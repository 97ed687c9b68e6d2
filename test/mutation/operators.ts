import type {
  ArrayExpression,
  Expression,
  IfStatement,
  LogicalExpression,
  Node,
  ObjectExpression,
  Statement,
} from "oxc-parser";

/** A change of source text that takes a guard or a decision away, or turns it round. */
export interface Edit {
  readonly kind: MutationKind;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What is done to guards and decisions. */
export type MutationKind =
  | "negate-condition"
  | "drop-operand"
  | "swap-comparison"
  | "remove-guard"
  | "drop-entry"
  | "drop-precondition"
  | "flip-return";

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Properties that hold what must be so for a write to happen. */
const PRECONDITIONS: ReadonlySet<string> = new Set(["holds", "expected"]);

const COMPARISONS: Readonly<Record<string, string>> = {
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "===": "!==",
  "!==": "===",
};

/** Edits of one node of the syntax tree; `code` is the file's text. */
export function editsOf(node: Node, code: string): readonly Edit[] {
  switch (node.type) {
    case "IfStatement":
      return [negate(node.test, code), ...removeGuard(node)];
    case "ConditionalExpression":
    case "WhileStatement":
    case "DoWhileStatement":
      return [negate(node.test, code)];
    case "ForStatement":
      return node.test === null ? [] : [negate(node.test, code)];
    case "LogicalExpression":
      return dropOperands(node, code);
    case "BinaryExpression":
      return swapComparison(node, code);
    case "ArrayExpression":
      return dropEntries(node);
    case "ObjectExpression":
      return dropPreconditions(node);
    case "ReturnStatement":
      return node.argument === null ? [] : flipBoolean(node.argument);
    case "ArrowFunctionExpression":
      return node.body.type === "BlockStatement" ? [] : flipBoolean(node.body);
    default:
      return [];
  }
}

const textOf = ({ start, end }: Span, code: string): string => code.slice(start, end);

function negate(test: Expression, code: string): Edit {
  const { start, end } = test;
  return { kind: "negate-condition", start, end, text: `!(${textOf(test, code)})` };
}

function removeGuard({ alternate, consequent, start, end }: IfStatement): readonly Edit[] {
  return alternate === null && leaves(consequent) ? [{ kind: "remove-guard", start, end, text: ";" }] : [];
}

/** Whether nothing after a statement is reached through it. */
function leaves(statement: Statement): boolean {
  switch (statement.type) {
    case "ReturnStatement":
    case "ThrowStatement":
    case "BreakStatement":
    case "ContinueStatement":
      return true;
    case "BlockStatement": {
      const last = statement.body.at(-1);
      return last !== undefined && leaves(last);
    }
    default:
      return false;
  }
}

function dropOperands({ operator, left, right, start, end }: LogicalExpression, code: string): readonly Edit[] {
  if (operator === "??") return [];
  return [left, right].map((kept) => ({ kind: "drop-operand", start, end, text: `(${textOf(kept, code)})` }));
}

function swapComparison({ operator, left, right, start, end }: Extract<Node, { type: "BinaryExpression" }>, code: string): readonly Edit[] {
  const other = COMPARISONS[operator];
  if (other === undefined) return [];
  return [{ kind: "swap-comparison", start, end, text: `${textOf(left, code)} ${other} ${textOf(right, code)}` }];
}

/** Lists of states and other names that decide, and lists of conditions. */
function dropEntries({ elements, end }: ArrayExpression): readonly Edit[] {
  const entries = elements.flatMap((element) => (element === null ? [] : [element]));
  const decides = entries.length > 1 && entries.every((entry) => entry.type === "SpreadElement" || isName(entry) || isCondition(entry));
  if (!decides) return [];
  return entries.flatMap((entry, index) => (entry.type === "SpreadElement" ? [] : [cut("drop-entry", entries, { index, end })]));
}

const isName = (node: Node): boolean =>
  node.type === "Literal" && typeof node.value === "string" && /^[A-Za-z][A-Za-z_-]*$/.test(node.value);

/** `{ name: "state", values: […] }` of an update's conditions. */
const isCondition = (node: Node): boolean =>
  node.type === "ObjectExpression" && node.properties.map(keyOf).join() === "name,values";

function dropPreconditions(node: ObjectExpression): readonly Edit[] {
  return node.properties.flatMap((property, index) => {
    if (property.type === "SpreadElement") return [];
    const key = keyOf(property);
    if (key === "ConditionExpression") return [cut("drop-precondition", node.properties, { index, end: node.end })];
    const { value } = property;
    if (key === undefined || !PRECONDITIONS.has(key) || value.type !== "ObjectExpression") return [];
    return value.properties.map((_, at) => cut("drop-precondition", value.properties, { index: at, end: value.end }));
  });
}

function keyOf(property: ObjectExpression["properties"][number]): string | undefined {
  return property.type === "Property" && property.key.type === "Identifier" ? property.key.name : undefined;
}

/** Takes one of a list out, with the comma that belongs to it; `end` is where the list ends, bracket included. */
function cut(kind: MutationKind, list: readonly Span[], { index, end }: { index: number; end: number }): Edit {
  const [before, entry, after] = [list[index - 1], list[index], list[index + 1]];
  const start = after === undefined && before !== undefined ? before.end : (entry?.start ?? end);
  return { kind, start, end: after?.start ?? (before === undefined ? end - 1 : (entry?.end ?? end)), text: "" };
}

function flipBoolean(node: Node): readonly Edit[] {
  if (node.type !== "Literal" || typeof node.value !== "boolean") return [];
  return [{ kind: "flip-return", start: node.start, end: node.end, text: String(!node.value) }];
}
