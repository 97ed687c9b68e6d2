import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import * as z from "zod";
import { homeOf, SERVERS, type Stack, WORK_DIR } from "./stacks.ts";

const Ready = z.object({ url: z.string() });
const Effect = z.object({ what: z.enum(["message", "answer", "cancel"]), behaviour: z.string(), message: z.string() });

/** The agents of one stack, as a process. */
export class ForeignAgent implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #effects: string;
  readonly url: string;

  private constructor(child: ChildProcess, { effects, url }: { effects: string; url: string }) {
    this.#process = child;
    this.#effects = effects;
    this.url = url;
  }

  /** Starts the process and waits until it listens. */
  static async start(stack: Stack): Promise<ForeignAgent> {
    const effects = path.join(WORK_DIR, `${stack.id}.effects.jsonl`);
    rmSync(effects, { force: true });
    const log = openSync(path.join(WORK_DIR, `${stack.id}.log`), "w");
    const [script, ...args] = stack.command;
    const bin = path.join(homeOf(stack), "bin");
    const python = [path.join(bin, "python"), path.join(SERVERS, script)] as const;
    const [program, ...first] = stack.language === "go" ? ([path.join(bin, "agents")] as const) : python;
    const child = spawn(program, [...first, ...args], {
      env: { PATH: process.env["PATH"] ?? "", PYTHONDONTWRITEBYTECODE: "1", AGENT_EFFECTS: effects },
      stdio: ["ignore", "pipe", log],
    });
    closeSync(log);
    process.once("exit", () => child.kill("SIGKILL"));
    const { stdout } = child;
    if (stdout === null) throw new Error("its output is a pipe");
    for await (const line of createInterface({ input: stdout })) {
      stdout.resume();
      return new ForeignAgent(child, { effects, url: Ready.parse(JSON.parse(line)).url });
    }
    throw new Error(`${stack.name} ended before it listened; see ${path.join(WORK_DIR, `${stack.id}.log`)}`);
  }

  /** What had an effect, in order. */
  effects(): z.infer<typeof Effect>[] {
    if (!existsSync(this.#effects)) return [];
    const lines = readFileSync(this.#effects, "utf8").split("\n").slice(0, -1);
    return lines.map((line) => Effect.parse(JSON.parse(line)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.kill("SIGKILL");
    await gone;
  }
}
