/** Reads a small language character by character. Every parser here shares it. */
export class TextCursor {
  readonly text: string;
  position = 0;

  constructor(text: string) {
    this.text = text;
  }

  get isDone(): boolean {
    return this.position >= this.text.length;
  }

  get next(): string {
    return this.text[this.position] ?? "";
  }

  /** Moves past `expected` when it comes next. */
  take(expected: string): boolean {
    if (!this.text.startsWith(expected, this.position)) return false;
    this.position += expected.length;
    return true;
  }

  /** @throws {SyntaxError} something else comes next. */
  expect(expected: string): void {
    if (!this.take(expected)) throw this.error(`'${expected}' is expected`);
  }

  /** Moves past what the sticky pattern matches here, and returns it; the empty string when it does not match. */
  match(sticky: RegExp): string {
    sticky.lastIndex = this.position;
    const found = sticky.exec(this.text)?.[0] ?? "";
    this.position += found.length;
    return found;
  }

  skipSpaces(): void {
    this.match(/\s*/y);
  }

  /** Reads a quoted string whose opening quote comes next; a backslash keeps the character after it. */
  quoted(unescape: (char: string) => string = (char) => char): string {
    const quote = this.next;
    this.position++;
    let value = "";
    while (!this.isDone && this.next !== quote) {
      if (this.take("\\")) value += unescape(this.next);
      else value += this.next;
      this.position++;
    }
    this.expect(quote);
    return value;
  }

  error(problem: string): SyntaxError {
    return new SyntaxError(`${problem} at character ${this.position + 1} of '${this.text}'`);
  }
}
