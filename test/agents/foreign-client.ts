import * as z from "zod";
import type { ClientStack } from "./client-stacks.ts";
import { RunningProgram } from "./program.ts";
import { eventOf, type SdkEvent } from "./sdk-words.ts";

const Line = z.union([
  z.object({ id: z.int(), heard: z.unknown() }).refine((line) => line.heard !== undefined),
  z.object({ id: z.int(), done: z.literal(true) }),
  z.object({ id: z.int(), failed: z.object({ name: z.string(), message: z.string() }) }),
]);

/** What the SDK threw, by the name that it has there. */
export class SdkError extends Error {
  constructor({ name, message }: { name: string; message: string }) {
    super(message);
    this.name = name;
  }
}

/** What a client is to do; the programs under `clients/` say what each operation takes. */
export interface Wish {
  readonly text?: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly skill?: string;
  readonly task?: string;
  readonly context?: string;
  readonly immediately?: boolean;
  readonly history?: number;
  readonly push?: { readonly url: string; readonly token: string; readonly id?: string };
  readonly config?: string;
}

/** A stream as it comes. */
export interface Listening {
  readonly events: readonly SdkEvent[];
  /** Of the stream: what the SDK threw, or nothing. */
  readonly ended: Promise<SdkError | undefined>;
}

interface Hearer {
  hear(answer: unknown): void;
  end(error: SdkError | undefined): void;
}

/** A client of one SDK, as a process. It does side by side what it is asked to. */
export class ForeignClient implements AsyncDisposable {
  readonly #program: RunningProgram;
  readonly #hearers = new Map<number, Hearer>();
  #asked = 0;

  private constructor(program: RunningProgram) {
    this.#program = program;
    program.lines.on("line", (line) => this.#take(line));
    program.lines.on("close", () => {
      for (const hearer of this.#hearers.values())
        hearer.end(new SdkError({ name: "Gone", message: `see ${program.log}` }));
    });
  }

  /** Starts the process, which reads the card at once. */
  static async start(stack: ClientStack, { url, token }: { url: string; token: string }): Promise<ForeignClient> {
    const program = new RunningProgram(stack, { A2A_URL: `${url}/`, A2A_TOKEN: token });
    await program.firstLine();
    return new ForeignClient(program);
  }

  #take(line: string): void {
    const said = Line.parse(JSON.parse(line));
    const hearer = this.#hearers.get(said.id);
    if (hearer === undefined) throw new Error(`no request is open for ${line}`);
    if ("heard" in said) return hearer.hear(said.heard);
    this.#hearers.delete(said.id);
    hearer.end("failed" in said ? new SdkError(said.failed) : undefined);
  }

  #ask(what: string, wish: Wish, hear: Hearer["hear"]): Promise<SdkError | undefined> {
    const id = ++this.#asked;
    return new Promise((end) => {
      this.#hearers.set(id, { hear, end });
      this.#program.input.write(`${JSON.stringify({ id, do: what, ...wish })}\n`);
    });
  }

  /** Has one thing done. @returns its answer. @throws {SdkError} */
  async ask(what: string, wish: Wish = {}): Promise<unknown> {
    const answers: unknown[] = [];
    const error = await this.#ask(what, wish, (answer) => answers.push(answer));
    if (error !== undefined) throw error;
    if (answers.length !== 1) throw new Error(`${what} was answered ${answers.length} times`);
    return answers[0];
  }

  /** Opens a stream. */
  listen(what: "stream" | "subscribe", wish: Wish): Listening {
    const events: SdkEvent[] = [];
    return { events, ended: this.#ask(what, wish, (answer) => events.push(eventOf(answer))) };
  }

  [Symbol.asyncDispose] = (): Promise<void> => this.#program[Symbol.asyncDispose]();
}
