/** What is wrong with an expression's text, and at which character. Never leaves the expression modules. */
export class SyntaxFlaw extends Error {
  readonly position: number;

  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

/** One word of an expression. `value` is meaningful for literals, `quoted` is a name in backticks. */
export interface Token {
  readonly kind: "literal" | "name" | "quoted" | "symbol" | "end";
  readonly at: number;
  readonly text: string;
  readonly value: string | number | boolean | null;
}

const SPACE = /(?:\s|\/\/[^\n]*)*/y;
const NUMBER = /0[xX][0-9a-fA-F]+|(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const NAME = /[A-Za-z_]\w*/y;
const SYMBOL = /\|\||&&|[=!<>]=|[<>!+\-*/%?:.,()[\]{}]/y;
/** Prefix and quotes of a string; `b` (bytes) is recognised so that it can be refused. */
const QUOTE = /([rRbB]{0,2})("""|'''|"|')/y;

const WORDS: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };
/** Kept free by CEL for languages that embed it. */
const RESERVED = new Set(
  ["as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package"].concat([
    "namespace",
    "return",
    "var",
    "void",
    "while",
  ]),
);
/** What people bring along from other languages. */
const FOREIGN: Readonly<Record<string, string>> = {
  and: "&&",
  or: "||",
  not: "!",
  True: "true",
  False: "false",
  None: "null",
};

/** Splits an expression into words; the last one is the end. @throws {SyntaxFlaw} */
export function readTokens(text: string): Token[] {
  const tokens: Token[] = [];
  let at = skipSpace(text, 0);
  while (at < text.length) {
    const [token, end] = readToken(text, at, tokens.at(-1)?.text === ".");
    tokens.push(token);
    at = skipSpace(text, end);
  }
  tokens.push({ kind: "end", at: text.length, text: "", value: null });
  return tokens;
}

function skipSpace(text: string, from: number): number {
  return from + (matchAt(SPACE, text, from)?.[0].length ?? 0);
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function readToken(text: string, at: number, isField: boolean): [token: Token, end: number] {
  const quote = matchAt(QUOTE, text, at);
  if (quote !== null) return readString(text, at, quote);
  const number = isField ? null : matchAt(NUMBER, text, at);
  if (number !== null) return readNumber(text, at, number[0]);
  const name = matchAt(NAME, text, at)?.[0];
  if (name !== undefined) return [readName(name, at, isField), at + name.length];
  if (text[at] === "`") return readQuotedName(text, at);
  const symbol = matchAt(SYMBOL, text, at)?.[0];
  if (symbol !== undefined) return [{ kind: "symbol", at, text: symbol, value: null }, at + symbol.length];
  throw new SyntaxFlaw(`unexpected "${text[at]}"${text[at] === "=" ? '; compare with "=="' : ""}`, at);
}

function readNumber(text: string, at: number, digits: string): [Token, number] {
  const value = Number(digits);
  const end = at + digits.length;
  if (!Number.isFinite(value)) throw new SyntaxFlaw(`${digits} is too large a number`, at);
  if (/[\w]/.test(text[end] ?? "")) throw new SyntaxFlaw(`"${digits}${text[end]}" is not a number`, at);
  return [{ kind: "literal", at, text: digits, value }, end];
}

function readName(name: string, at: number, isField: boolean): Token {
  if (name === "in") return { kind: "symbol", at, text: name, value: null };
  const value = Object.hasOwn(WORDS, name) ? WORDS[name] : undefined;
  if (value !== undefined) return { kind: "literal", at, text: name, value };
  if (!isField && RESERVED.has(name)) throw new SyntaxFlaw(`"${name}" is a reserved word`, at);
  if (!isField && Object.hasOwn(FOREIGN, name))
    throw new SyntaxFlaw(`write "${FOREIGN[name]}" instead of "${name}"`, at);
  return { kind: "name", at, text: name, value: null };
}

function readQuotedName(text: string, at: number): [Token, number] {
  const end = text.indexOf("`", at + 1);
  if (end < 0) throw new SyntaxFlaw("a name in backticks does not end", at);
  return [{ kind: "quoted", at, text: text.slice(at + 1, end), value: null }, end + 1];
}

function readString(text: string, at: number, [opening, prefix = "", quote = '"']: RegExpExecArray): [Token, number] {
  if (/b/i.test(prefix)) throw new SyntaxFlaw("bytes are not supported: JSON has none", at);
  const isRaw = prefix !== "";
  let value = "";
  let read = at + opening.length;
  while (!text.startsWith(quote, read)) {
    const character = text[read];
    if (character === undefined || (character === "\n" && quote.length === 1)) {
      throw new SyntaxFlaw("a string does not end", at);
    }
    const [piece, length] = character === "\\" && !isRaw ? readEscape(text, read) : [character, 1];
    value += piece;
    read += length;
  }
  const end = read + quote.length;
  return [{ kind: "literal", at, text: text.slice(at, end), value }, end];
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "?": "?",
  '"': '"',
  "'": "'",
  "`": "`",
};
const CODE_POINT = /\\(?:[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2}))/y;

function readEscape(text: string, at: number): [piece: string, length: number] {
  const simple = ESCAPES[text[at + 1] ?? ""];
  if (simple !== undefined) return [simple, 2];
  const [all, ...digits] = matchAt(CODE_POINT, text, at) ?? [];
  const octal = digits[3];
  const code = octal === undefined ? Number.parseInt(digits.join(""), 16) : Number.parseInt(octal, 8);
  const isCharacter = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  if (all === undefined || !isCharacter) throw new SyntaxFlaw(`"${text.slice(at, at + 2)}" is not an escape`, at);
  return [String.fromCodePoint(code), all.length];
}
