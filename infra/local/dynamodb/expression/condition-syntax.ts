import type { WrittenPath } from "./path.ts";
import { readPath } from "./path.ts";
import type { Mentions } from "./scope.ts";
import type { Tokens } from "./tokens.ts";

/** Something with a value: an attribute, a given value, or the size of an attribute. */
export type Operand =
  | { readonly kind: "path"; readonly path: WrittenPath }
  | { readonly kind: "value"; readonly name: string }
  | { readonly kind: "size"; readonly of: Operand };

export type Comparator = "=" | "<>" | "<" | "<=" | ">" | ">=";
export type TestName = "attribute_exists" | "attribute_not_exists" | "attribute_type" | "begins_with" | "contains";

/** A condition without others in it. */
export type SingleTest =
  | { readonly kind: "compare"; readonly by: Comparator; readonly left: Operand; readonly right: Operand }
  | { readonly kind: "between"; readonly value: Operand; readonly low: Operand; readonly high: Operand }
  | { readonly kind: "in"; readonly value: Operand; readonly list: readonly Operand[] }
  | { readonly kind: "test"; readonly name: TestName; readonly subject: Operand; readonly object: Operand | undefined };

/** A condition as written. */
export type Condition =
  | { readonly kind: "and"; readonly parts: readonly Condition[] }
  | { readonly kind: "or"; readonly parts: readonly Condition[] }
  | { readonly kind: "not"; readonly inner: Condition }
  | SingleTest;

const COMPARATORS: readonly string[] = ["=", "<>", "<", "<=", ">", ">="] satisfies readonly Comparator[];
const TESTS: Readonly<Record<TestName, 1 | 2>> = {
  attribute_exists: 1,
  attribute_not_exists: 1,
  attribute_type: 2,
  begins_with: 2,
  contains: 2,
};
const MAX_IN = 100;

const isComparator = (token: string): token is Comparator => COMPARATORS.includes(token);
const isTest = (token: string): token is TestName => Object.hasOwn(TESTS, token);

/** Operands of one test. */
export function operandsOfTest(condition: SingleTest): readonly Operand[] {
  if (condition.kind === "compare") return [condition.left, condition.right];
  if (condition.kind === "between") return [condition.value, condition.low, condition.high];
  if (condition.kind === "in") return [condition.value, ...condition.list];
  return condition.object === undefined ? [condition.subject] : [condition.subject, condition.object];
}

/** `OR` binds least, then `AND`, then `NOT`. */
export function readCondition(tokens: Tokens): Condition {
  return readChain(tokens, "or", () => readChain(tokens, "and", () => readNegation(tokens)));
}

function readChain(tokens: Tokens, kind: "and" | "or", readPart: () => Condition): Condition {
  const first = readPart();
  const parts = [first];
  while (tokens.takes(kind.toUpperCase())) parts.push(readPart());
  return parts.length === 1 ? first : { kind, parts };
}

function readNegation(tokens: Tokens): Condition {
  if (!tokens.takes("NOT")) return readPrimary(tokens);
  return { kind: "not", inner: tokens.nested(() => readNegation(tokens)) };
}

function readPrimary(tokens: Tokens): Condition {
  if (tokens.peek() === "(" && !opensOperand(tokens)) {
    tokens.checkParenthesis();
    tokens.next();
    const inner = tokens.nested(() => readCondition(tokens));
    tokens.expect(")");
    return inner;
  }
  const name = tokens.peek();
  if (tokens.peek(1) === "(" && name !== "size" && /^[A-Za-z]/.test(name)) return readTest(tokens, name);
  return readComparison(tokens);
}

/** `(:a)` and `(a.b)` may stand for an operand. */
function opensOperand(tokens: Tokens): boolean {
  let at = 1;
  while (/^[\w#:.[\]]+$/.test(tokens.peek(at))) at += 1;
  return at > 1 && tokens.peek(at) === ")" && !["AND", "OR", ")", ""].includes(tokens.peek(at + 1).toUpperCase());
}

function readTest(tokens: Tokens, name: string): Condition {
  if (!isTest(name)) throw tokens.refusal(`Invalid function name; function: ${name}`);
  tokens.next();
  tokens.next();
  const subject = readOperand(tokens);
  const object = tokens.takes(",") ? readOperand(tokens) : undefined;
  const given = object === undefined ? 1 : 2;
  if (given !== TESTS[name] || tokens.peek() === ",")
    throw tokens.refusal(
      `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${given}`,
    );
  tokens.expect(")");
  const needsPath = name !== "begins_with" && name !== "contains";
  if (needsPath && subject.kind !== "path")
    throw tokens.refusal(`Operator or function requires a document path; operator or function: ${name}`);
  return { kind: "test", name, subject, object };
}

function readComparison(tokens: Tokens): Condition {
  const left = readOperand(tokens);
  if (tokens.takes("BETWEEN")) {
    const low = readOperand(tokens);
    tokens.expect("AND");
    return { kind: "between", value: left, low, high: readOperand(tokens) };
  }
  if (tokens.takes("IN")) return { kind: "in", value: left, list: readList(tokens) };
  const by = tokens.peek();
  if (!isComparator(by)) throw tokens.syntaxError();
  tokens.next();
  return { kind: "compare", by, left, right: readOperand(tokens) };
}

function readList(tokens: Tokens): Operand[] {
  tokens.expect("(");
  const list = [readOperand(tokens)];
  while (tokens.takes(",")) list.push(readOperand(tokens));
  tokens.expect(")");
  if (list.length > MAX_IN)
    throw tokens.refusal(`The IN operator is provided with too many operands; number of operands: ${list.length}`);
  return list;
}

export function readOperand(tokens: Tokens): Operand {
  if (tokens.takes("(")) {
    const inner = tokens.nested(() => readOperand(tokens));
    tokens.expect(")");
    return inner;
  }
  const token = tokens.peek();
  if (token.startsWith(":")) return { kind: "value", name: tokens.next() };
  if (token === "size" && tokens.peek(1) === "(") {
    tokens.next();
    tokens.next();
    const of = readOperand(tokens);
    tokens.expect(")");
    if (of.kind === "size") throw tokens.refusal("The function is not allowed to be used this way; function: size");
    return { kind: "size", of };
  }
  return { kind: "path", path: readPath(tokens) };
}

/** What a condition mentions; `operands` sees each operand of it, parts of others included. */
export function mentionsOf(condition: Condition): Mentions & { readonly operands: readonly Operand[] } {
  const operands = operandsOf(condition).flatMap((operand) =>
    operand.kind === "size" ? [operand, operand.of] : [operand],
  );
  const names = operands.flatMap((operand) => (operand.kind === "path" ? namesIn(operand.path) : []));
  const values = operands.flatMap((operand) => (operand.kind === "value" ? [operand.name] : []));
  return { operands, names: new Set(names), values: new Set(values) };
}

/** Placeholders of a path. */
export const namesIn = ({ steps }: WrittenPath): string[] =>
  steps.filter((step) => typeof step === "string").filter((step) => step.startsWith("#"));

function operandsOf(condition: Condition): readonly Operand[] {
  if (condition.kind === "and" || condition.kind === "or") return condition.parts.flatMap(operandsOf);
  return condition.kind === "not" ? operandsOf(condition.inner) : operandsOfTest(condition);
}
