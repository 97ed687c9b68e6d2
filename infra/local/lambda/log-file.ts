import { appendFileSync, existsSync, renameSync, statSync } from "node:fs";

const FLUSH_MS = 100;
const MAX_BYTES = 5_000_000;

const open = new Set<LogFile>();
process.once("exit", () => open.forEach((log) => log.flush()));

/** The log of one function: written in groups, at most two files of 5 MB. */
export class LogFile {
  readonly #path: string;
  #pending: string[] = [];
  #bytes: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#bytes = existsSync(path) ? statSync(path).size : 0;
    open.add(this);
  }

  append(text: string): void {
    this.#pending.push(text);
    this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#pending.length === 0) return;
    const text = this.#pending.join("");
    this.#pending = [];
    if (this.#bytes > MAX_BYTES) {
      renameSync(this.#path, `${this.#path}.1`);
      this.#bytes = 0;
    }
    appendFileSync(this.#path, text);
    this.#bytes += text.length;
  }
}
