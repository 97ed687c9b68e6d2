import { invalid } from "../refusal.ts";

/** An expression longer than this is refused, as AWS does. */
const MAX_BYTES = 4096;
/** Parentheses and `NOT` inside each other. */
const MAX_DEPTH = 100;

const TOKEN = /\s*(?:([A-Za-z_#:]\w*)|(\d+)|(<>|<=|>=|[=<>(),.[\]+-]))/y;

/** Reads the words of one expression from left to right. */
export class Tokens {
  readonly #kind: string;
  readonly #tokens: readonly string[];
  #at = 0;
  #depth = 0;

  /** @param kind - what the expression is for, such as `ConditionExpression`; messages name it. */
  constructor(kind: string, text: string) {
    this.#kind = kind;
    if (text.trim() === "") throw this.refusal("The expression can not be empty;");
    if (Buffer.byteLength(text) > MAX_BYTES)
      throw this.refusal(`Expression size has exceeded the maximum allowed size; expression size: ${text.length}`);
    this.#tokens = this.#split(text);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  /** The next token, which stays; empty at the end. */
  peek(ahead = 0): string {
    return this.#tokens[this.#at + ahead] ?? "";
  }

  next(): string {
    const token = this.peek();
    this.#at += 1;
    return token;
  }

  /** Takes the next token if it is this word, in any case, or this sign. */
  takes(wanted: string): boolean {
    if (this.peek().toUpperCase() !== wanted) return false;
    this.#at += 1;
    return true;
  }

  expect(wanted: string): void {
    if (!this.takes(wanted)) throw this.syntaxError();
  }

  end(): void {
    if (!this.isAtEnd) throw this.syntaxError();
  }

  /** Runs `read` one level deeper. @throws {DynamoRefusal} the expression is nested too deeply. */
  nested<Result>(read: () => Result): Result {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw this.refusal("The expression is nested too deeply;");
    const result = read();
    this.#depth -= 1;
    return result;
  }

  /** @throws {DynamoRefusal} the parenthesis that comes next holds nothing but another. */
  checkParenthesis(): void {
    const end = this.#closing(this.#at);
    if (this.peek(1) === "(" && this.#closing(this.#at + 1) === end - 1)
      throw this.refusal("The expression has redundant parentheses;");
  }

  #closing(from: number): number {
    let depth = 0;
    for (let at = from; at < this.#tokens.length; at += 1) {
      const token = this.#tokens[at];
      if (token === "(") depth += 1;
      else if (token === ")" && (depth -= 1) === 0) return at;
    }
    return -1;
  }

  syntaxError(): Error {
    const token = this.peek() === "" ? "<EOF>" : this.peek();
    const near = this.#tokens.slice(Math.max(0, this.#at - 1), this.#at + 2).join(" ");
    return this.refusal(`Syntax error; token: "${token}", near: "${near}"`);
  }

  refusal(message: string): Error {
    return invalid(`Invalid ${this.#kind}: ${message}`);
  }

  #split(text: string): string[] {
    const tokens: string[] = [];
    const trimmed = text.trimEnd();
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < trimmed.length) {
      const from = TOKEN.lastIndex;
      const match = TOKEN.exec(trimmed);
      if (match === null) {
        const token = trimmed.slice(from).trim().slice(0, 1);
        throw this.refusal(`Syntax error; token: "${token}", near: "${trimmed.slice(from, from + 10)}"`);
      }
      tokens.push(match[1] ?? match[2] ?? match[3] ?? "");
    }
    return tokens;
  }
}
