import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { crc32 } from "node:zlib";

/** The log holds damage that no kill explains: something is wrong in front of good lines. */
export class DamagedLogError extends Error {
  constructor(path: string, line: number) {
    super(`${path} is damaged in line ${line}, with good lines behind it`);
  }
}

/** Everything that one line of the log says, without checksum and end. */
type Body = string;

const SUM_LENGTH = 8;

const sumOf = (body: Body): string => crc32(body).toString(16).padStart(SUM_LENGTH, "0");

/**
 * An append-only log: one line per change, one `write(2)` per turn of the event loop.
 *
 * 1. `committed` resolves once the log holds everything that was appended before.
 * 2. With `syncs`, that means on the disk; without, in the kernel, which survives the process and not the machine.
 * 3. Once a write failed nothing is taken any more: memory is ahead of the log, and only a restart brings them together.
 */
export class Journal {
  readonly #file: number;
  readonly #syncs: boolean;
  #lines: string[] = [];
  #turn: NodeJS.Immediate | undefined;
  #waiting: PromiseWithResolvers<void> | undefined;
  #failure: unknown;
  /** Bytes in the file. */
  size: number;
  /** Hears, before anyone else, that all lines so far are in the log. */
  onWritten: () => void = () => {};

  /** Opens the log to append to it; it is read before that. */
  constructor(path: string, syncs: boolean) {
    this.#file = openSync(path, "a");
    this.#syncs = syncs;
    this.size = fstatSync(this.#file).size;
  }

  get isPending(): boolean {
    return this.#lines.length > 0;
  }

  append(body: Body): void {
    this.check();
    this.#lines.push(`${sumOf(body)} ${body}\n`);
    this.#turn ??= setImmediate(() => this.#endTurn());
  }

  /** @throws {Error} an earlier write failed. */
  check(): void {
    if (this.#failure !== undefined)
      throw new Error("the log of the database could not be written; free the disk and start again", {
        cause: this.#failure,
      });
  }

  /** Resolves when the log holds what was appended; rejects when it does not. */
  committed(): Promise<void> {
    if (!this.isPending) return Promise.resolve();
    this.#waiting ??= Promise.withResolvers<void>();
    return this.#waiting.promise;
  }

  /** Writes what waits, without waiting for the turn's end. @throws {Error} it cannot be written. */
  write(): void {
    if (this.#turn !== undefined) clearImmediate(this.#turn);
    this.#turn = undefined;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    try {
      this.#writeAll();
    } catch (error) {
      this.#failure = error;
      waiting?.reject(error);
      throw error;
    }
    this.onWritten();
    waiting?.resolve();
  }

  /** Forgets all lines: what they say is kept elsewhere by now. */
  clear(): void {
    ftruncateSync(this.#file, 0);
    this.size = 0;
  }

  close(): void {
    closeSync(this.#file);
  }

  #endTurn(): void {
    try {
      this.write();
    } catch {
      // Those who wait have heard of it, and the next caller hears of it too.
    }
  }

  #writeAll(): void {
    const lines = this.#lines;
    this.#lines = [];
    if (lines.length === 0) return;
    const bytes = Buffer.from(lines.join(""));
    for (let written = 0; written < bytes.byteLength;) written += writeSync(this.#file, bytes, written);
    if (this.#syncs) fdatasyncSync(this.#file);
    this.size += bytes.byteLength;
  }
}

/**
 * Reads the lines of a log. Its last line is left out, and with `cutsTornLine` cut off, when a kill tore it.
 *
 * @throws {DamagedLogError} a line is damaged that is not the last.
 */
export function readJournal(path: string, cutsTornLine: boolean): Body[] {
  if (!existsSync(path)) return [];
  const bytes = readFileSync(path);
  const bodies: Body[] = [];
  let from = 0;
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, from)) {
    const body = bodyOf(bytes.subarray(from, end).toString());
    if (body === undefined) break;
    bodies.push(body);
    from = end + 1;
  }
  if (from === bytes.byteLength) return bodies;
  if (hasGoodLine(bytes.subarray(from))) throw new DamagedLogError(path, bodies.length + 1);
  if (cutsTornLine) truncateSync(path, from);
  return bodies;
}

function bodyOf(line: string): Body | undefined {
  const body = line.slice(SUM_LENGTH + 1);
  return line.charAt(SUM_LENGTH) === " " && line.slice(0, SUM_LENGTH) === sumOf(body) ? body : undefined;
}

const hasGoodLine = (rest: Buffer): boolean =>
  rest
    .toString()
    .split("\n")
    .slice(1, -1)
    .some((line) => bodyOf(line) !== undefined);
