import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import * as z from "zod";
import { RunningProgram, WORK_DIR } from "./program.ts";
import type { Stack } from "./stacks.ts";

const Ready = z.object({ url: z.string() });
const Effect = z.object({ what: z.enum(["message", "answer", "cancel"]), behaviour: z.string(), message: z.string() });

/** The agents of one stack, as a process. */
export class ForeignAgent implements AsyncDisposable {
  readonly #program: RunningProgram;
  readonly #effects: string;
  readonly url: string;

  private constructor(program: RunningProgram, { effects, url }: { effects: string; url: string }) {
    this.#program = program;
    this.#effects = effects;
    this.url = url;
  }

  /** Starts the process and waits until it listens. */
  static async start(stack: Stack): Promise<ForeignAgent> {
    const effects = path.join(WORK_DIR, `${stack.id}.effects.jsonl`);
    rmSync(effects, { force: true });
    const program = new RunningProgram(stack, { AGENT_EFFECTS: effects });
    const { url } = Ready.parse(JSON.parse(await program.firstLine()));
    return new ForeignAgent(program, { effects, url });
  }

  /** What had an effect, in order. */
  effects(): z.infer<typeof Effect>[] {
    if (!existsSync(this.#effects)) return [];
    const lines = readFileSync(this.#effects, "utf8").split("\n").slice(0, -1);
    return lines.map((line) => Effect.parse(JSON.parse(line)));
  }

  [Symbol.asyncDispose] = (): Promise<void> => this.#program[Symbol.asyncDispose]();
}
