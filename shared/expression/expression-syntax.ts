import { EXPRESSION_LIMITS } from "./limits.ts";
import { readTokens, SyntaxFlaw, type Token } from "./expression-tokens.ts";

/** An expression as written. `at` is the offset of the character that a message about the node should point at. */
export type Syntax =
  | { readonly kind: "literal"; readonly at: number; readonly value: string | number | boolean | null }
  | { readonly kind: "name"; readonly at: number; readonly name: string }
  | { readonly kind: "member"; readonly at: number; readonly of: Syntax; readonly field: string }
  | { readonly kind: "index"; readonly at: number; readonly of: Syntax; readonly index: Syntax }
  | CallSyntax
  | { readonly kind: "list"; readonly at: number; readonly items: readonly Syntax[] }
  | { readonly kind: "map"; readonly at: number; readonly entries: readonly (readonly [Syntax, Syntax])[] }
  | { readonly kind: "not" | "minus"; readonly at: number; readonly of: Syntax }
  | {
      readonly kind: "binary";
      readonly at: number;
      readonly op: BinaryOperator;
      readonly sides: readonly [Syntax, Syntax];
    }
  | {
      readonly kind: "choice";
      readonly at: number;
      readonly test: Syntax;
      readonly branches: readonly [Syntax, Syntax];
    };

/** A function, method or macro call. */
export interface CallSyntax {
  readonly kind: "call";
  readonly at: number;
  readonly name: string;
  readonly target: Syntax | undefined;
  readonly args: readonly Syntax[];
}

/** Operators between two operands. */
export type BinaryOperator = "||" | "&&" | Relation | Arithmetic;
/** Operators that compare. */
export type Relation = "==" | "!=" | "<" | "<=" | ">" | ">=" | "in";
/** Operators that compute. */
export type Arithmetic = "+" | "-" | "*" | "/" | "%";

/** Loosest first; operators of a level associate to the left. */
const LEVELS: readonly (readonly BinaryOperator[])[] = [
  ["||"],
  ["&&"],
  ["==", "!=", "<", "<=", ">", ">=", "in"],
  ["+", "-"],
  ["*", "/", "%"],
];

/** @throws {SyntaxFlaw} the text is not an expression, or nests deeper than `EXPRESSION_LIMITS.expressionDepth`. */
export function parseSyntax(text: string): Syntax {
  const parser = new Parser(readTokens(text));
  const syntax = parser.expression();
  parser.expectEnd();
  return syntax;
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  expression(): Syntax {
    return this.#nested(() => {
      const test = this.#binary(0);
      const at = this.#peek().at;
      if (!this.#skip("?")) return test;
      const first = this.#binary(0);
      this.#expect(":");
      return { kind: "choice", at, test, branches: [first, this.expression()] };
    });
  }

  expectEnd(): void {
    const token = this.#peek();
    if (token.kind !== "end") throw unexpected(token);
  }

  #binary(level: number): Syntax {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const token = this.#peek();
      const op = token.kind === "symbol" ? operators.find((each) => each === token.text) : undefined;
      if (op === undefined) return left;
      this.#next++;
      left = { kind: "binary", at: token.at, op, sides: [left, this.#binary(level + 1)] };
    }
  }

  #unary(): Syntax {
    const { at } = this.#peek();
    if (this.#skip("!")) return this.#nested(() => ({ kind: "not", at, of: this.#unary() }));
    if (this.#skip("-")) return this.#nested(() => negated(at, this.#unary()));
    return this.#postfix(this.#primary());
  }

  #postfix(start: Syntax): Syntax {
    let of = start;
    for (;;) {
      const { at } = this.#peek();
      if (this.#skip(".")) {
        const field = this.#fieldName();
        of = this.#skip("(")
          ? { kind: "call", at: field.at, name: field.text, target: of, args: this.#list(")") }
          : { kind: "member", at: field.at, of, field: field.text };
      } else if (this.#skip("[")) {
        const index = this.expression();
        this.#expect("]");
        of = { kind: "index", at, of, index };
      } else return of;
    }
  }

  #primary(): Syntax {
    const token = this.#take();
    const { at } = token;
    switch (token.kind) {
      case "literal":
        return { kind: "literal", at, value: token.value };
      case "name":
        if (!this.#skip("(")) return { kind: "name", at, name: token.text };
        return { kind: "call", at, name: token.text, target: undefined, args: this.#list(")") };
      case "symbol":
        return this.#group(token);
      default:
        throw unexpected(token);
    }
  }

  #group(token: Token): Syntax {
    const { at, text } = token;
    if (text === "[") return { kind: "list", at, items: this.#list("]") };
    if (text === "{") return { kind: "map", at, entries: this.#entries() };
    if (text !== "(") throw unexpected(token);
    const inner = this.expression();
    this.#expect(")");
    return inner;
  }

  /** Items up to the closing sign; CEL allows a comma after the last, except in calls. */
  #list(close: ")" | "]"): Syntax[] {
    const items: Syntax[] = [];
    while (!this.#skip(close)) {
      if (items.length > 0) this.#expect(",");
      if (items.length > 0 && close === "]" && this.#skip(close)) break;
      items.push(this.expression());
    }
    return items;
  }

  #entries(): [Syntax, Syntax][] {
    const entries: [Syntax, Syntax][] = [];
    while (!this.#skip("}")) {
      if (entries.length > 0) this.#expect(",");
      if (entries.length > 0 && this.#skip("}")) break;
      const key = this.expression();
      this.#expect(":");
      entries.push([key, this.expression()]);
    }
    return entries;
  }

  #fieldName(): Token {
    const token = this.#take();
    if (token.kind === "name" || token.kind === "quoted") return token;
    // `in` is an operator, and a field name as well.
    if (token.kind === "symbol" && token.text === "in") return token;
    if (token.kind === "literal" && typeof token.value !== "string" && /^[a-z]/.test(token.text)) return token;
    throw new SyntaxFlaw(`expected a field name, got ${nameOf(token)}`, token.at);
  }

  /** Recursion is bounded here and nowhere else, so every way down leads through. */
  #nested(read: () => Syntax): Syntax {
    if (++this.#depth > EXPRESSION_LIMITS.expressionDepth) {
      throw new SyntaxFlaw(`nested deeper than ${EXPRESSION_LIMITS.expressionDepth} levels`, this.#peek().at);
    }
    const syntax = read();
    this.#depth--;
    return syntax;
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: "end", at: 0, text: "", value: null };
  }

  #take(): Token {
    const token = this.#peek();
    this.#next++;
    return token;
  }

  #skip(symbol: string): boolean {
    const token = this.#peek();
    const found = token.kind === "symbol" && token.text === symbol;
    if (found) this.#next++;
    return found;
  }

  #expect(symbol: string): void {
    const token = this.#peek();
    if (!this.#skip(symbol)) throw new SyntaxFlaw(`expected "${symbol}", got ${nameOf(token)}`, token.at);
  }
}

function negated(at: number, of: Syntax): Syntax {
  if (of.kind === "literal" && typeof of.value === "number") return { kind: "literal", at, value: -of.value };
  return { kind: "minus", at, of };
}

const nameOf = (token: Token): string => (token.kind === "end" ? "the end" : `"${token.text}"`);

function unexpected(token: Token): SyntaxFlaw {
  return new SyntaxFlaw(
    token.kind === "end" ? "something is missing at the end" : `unexpected ${nameOf(token)}`,
    token.at,
  );
}
