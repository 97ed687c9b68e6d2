import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";

const ROOT = path.resolve(import.meta.dirname, "../..");
const REVIVAL_MS = 400;

const Ready = z.object({ url: z.string() });

/** Something an agent did, as its own log tells. */
const Effect = z.object({
  messageId: z.string(),
  execution: z.string().optional(),
  task: z.string().optional(),
  attempt: z.number().optional(),
});
export type Effect = z.infer<typeof Effect>;

/** A loopback agent that is started again on its port whenever it dies. */
export class StubbornAgent {
  readonly #dataDir: string;
  readonly #latencyMs: number;
  #process: ChildProcess | undefined;
  #isStopped = false;
  /** Base URL, the same over all its lives. */
  url = "";
  deaths = 0;

  private constructor(dataDir: string, latencyMs: number) {
    this.#dataDir = dataDir;
    this.#latencyMs = latencyMs;
  }

  static async start(dataDir: string, latencyMs = 10): Promise<StubbornAgent> {
    const agent = new StubbornAgent(dataDir, latencyMs);
    await agent.#launch(0);
    return agent;
  }

  /** SIGKILL; it comes back by itself. */
  kill(): void {
    this.#process?.kill("SIGKILL");
  }

  /** Ends it for good; its log can still be read. */
  stop(): void {
    this.#isStopped = true;
    this.#process?.kill("SIGKILL");
  }

  /** Grows with every effect; cheaper to watch than the effects. */
  get effectBytes(): number {
    return statSync(this.#log, { throwIfNoEntry: false })?.size ?? 0;
  }

  effects(): Effect[] {
    const lines = existsSync(this.#log) ? readFileSync(this.#log, "utf8").split("\n").slice(0, -1) : [];
    return lines.map((line) => Effect.parse(JSON.parse(line)));
  }

  get #log(): string {
    return path.join(this.#dataDir, "loopback.calls.jsonl");
  }

  async #launch(port: number): Promise<void> {
    const options = ["--port", String(port), "--data", this.#dataDir, "--latency-ms", String(this.#latencyMs)];
    const child = spawn(process.execPath, ["infra/local/agents/loopback.ts", ...options], { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
    this.#process = child;
    const end = (): unknown => child.kill("SIGKILL");
    process.once("exit", end);
    const gone = once(child, "exit");
    child.once("exit", () => process.off("exit", end));
    void gone.then(() => this.#revive());
    const first = await Promise.race([once(child.stdout, "data"), gone.then(() => undefined)]);
    if (first !== undefined) this.url = Ready.parse(JSON.parse(String(first[0]).split("\n")[0] ?? "")).url;
  }

  async #revive(): Promise<void> {
    if (this.#isStopped) return;
    this.deaths += 1;
    await sleep(REVIVAL_MS);
    if (!this.#isStopped) await this.#launch(this.url === "" ? 0 : Number(new URL(this.url).port));
  }
}
