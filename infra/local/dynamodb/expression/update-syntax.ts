import { namesIn } from "./condition-syntax.ts";
import type { WrittenPath } from "./path.ts";
import { readPath } from "./path.ts";
import { Tokens } from "./tokens.ts";

/** What `SET` writes: an operand, or the sum or difference of two. */
export type Term =
  | { readonly kind: "path"; readonly path: WrittenPath }
  | { readonly kind: "value"; readonly name: string }
  | { readonly kind: "if_not_exists"; readonly path: WrittenPath; readonly otherwise: Term }
  | { readonly kind: "list_append"; readonly first: Term; readonly second: Term }
  | { readonly kind: "+" | "-"; readonly left: Term; readonly right: Term };

export type Clause = "SET" | "REMOVE" | "ADD" | "DELETE";

/** One change of one attribute; `REMOVE` needs no term. */
export interface Action {
  readonly clause: Clause;
  readonly target: WrittenPath;
  readonly term: Term | undefined;
}

const CLAUSES: readonly string[] = ["SET", "REMOVE", "ADD", "DELETE"] satisfies readonly Clause[];
const isClause = (word: string): word is Clause => CLAUSES.includes(word);

/** Reads `SET a = :a REMOVE b`. @throws {DynamoRefusal} it is no update, or has a clause twice. */
export function readUpdate(text: string): readonly Action[] {
  const tokens = new Tokens("UpdateExpression", text);
  const seen = new Set<Clause>();
  const actions: Action[] = [];
  while (!tokens.isAtEnd) {
    const clause = tokens.peek().toUpperCase();
    if (!isClause(clause)) throw tokens.syntaxError();
    if (seen.has(clause))
      throw tokens.refusal(`The "${clause}" section can only be used once in an update expression;`);
    seen.add(clause);
    tokens.next();
    do actions.push(readAction(tokens, clause));
    while (tokens.takes(","));
  }
  return actions;
}

function readAction(tokens: Tokens, clause: Clause): Action {
  const target = readPath(tokens);
  if (clause === "REMOVE") return { clause, target, term: undefined };
  if (clause === "SET") {
    tokens.expect("=");
    return { clause, target, term: readSum(tokens) };
  }
  const name = tokens.peek();
  if (!name.startsWith(":")) throw tokens.syntaxError();
  tokens.next();
  return { clause, target, term: { kind: "value", name } };
}

function readSum(tokens: Tokens): Term {
  const left = readTerm(tokens);
  const sign = tokens.peek();
  if (sign !== "+" && sign !== "-") return left;
  tokens.next();
  return { kind: sign, left, right: readTerm(tokens) };
}

function readTerm(tokens: Tokens): Term {
  if (tokens.takes("(")) {
    const inner = tokens.nested(() => readSum(tokens));
    tokens.expect(")");
    return inner;
  }
  if (tokens.peek().startsWith(":")) return { kind: "value", name: tokens.next() };
  return tokens.peek(1) === "(" ? readCall(tokens) : { kind: "path", path: readPath(tokens) };
}

function readCall(tokens: Tokens): Term {
  const name = tokens.next();
  if (name !== "if_not_exists" && name !== "list_append")
    throw tokens.refusal(`Invalid function name; function: ${name}`);
  tokens.expect("(");
  return tokens.nested(() => {
    const first = readTerm(tokens);
    tokens.expect(",");
    const second = readTerm(tokens);
    tokens.expect(")");
    if (name === "list_append") return { kind: "list_append", first, second };
    if (first.kind !== "path")
      throw tokens.refusal("Operator or function requires a document path; operator or function: if_not_exists");
    return { kind: "if_not_exists", path: first.path, otherwise: second };
  });
}

/** Placeholders of names and values below a term. */
export function mentionsIn(term: Term | undefined): {
  readonly names: readonly string[];
  readonly values: readonly string[];
} {
  if (term === undefined) return { names: [], values: [] };
  if (term.kind === "value") return { names: [], values: [term.name] };
  if (term.kind === "path") return { names: namesIn(term.path), values: [] };
  const parts = partsOf(term).map(mentionsIn);
  const own = term.kind === "if_not_exists" ? namesIn(term.path) : [];
  return { names: [...own, ...parts.flatMap(({ names }) => names)], values: parts.flatMap(({ values }) => values) };
}

function partsOf(term: Exclude<Term, { kind: "path" | "value" }>): readonly Term[] {
  if (term.kind === "if_not_exists") return [term.otherwise];
  return term.kind === "list_append" ? [term.first, term.second] : [term.left, term.right];
}
