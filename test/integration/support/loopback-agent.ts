import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import * as z from "zod";

const ROOT = path.resolve(import.meta.dirname, "../../..");

/** The agent that misbehaves on request, as a process of its own. */
export class LoopbackAgent {
  readonly #process: ChildProcess;
  readonly #dataDir: string;
  readonly url: string;

  private constructor(child: ChildProcess, dataDir: string, url: string) {
    this.#process = child;
    this.#dataDir = dataDir;
    this.url = url;
  }

  /** @param latencyMs How long its tasks take that do not say so themselves. */
  static async start(dataDir: string, latencyMs = 10): Promise<LoopbackAgent> {
    const args = ["infra/local/agents/loopback.ts", "--port", "0", "--data", dataDir, "--latency-ms", String(latencyMs)];
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
    const [chunk] = await once(child.stdout, "data");
    const { url } = z.object({ url: z.string() }).parse(JSON.parse(String(chunk).split("\n")[0] ?? ""));
    return new LoopbackAgent(child, dataDir, url);
  }

  /** Message ids of calls that had an effect. */
  effects(): string[] {
    const lines = readFileSync(path.join(this.#dataDir, "loopback.calls.jsonl"), "utf8").trim().split("\n");
    return lines.map((line) => z.object({ messageId: z.string() }).parse(JSON.parse(line)).messageId);
  }

  /** Lets `gated` work go on that waits at a gate or comes to it. */
  async open(gate: string): Promise<void> {
    await fetch(new URL(`/gates/${gate}`, this.url), { method: "PUT" });
  }

  /** Has `gated` work wait at a gate again. */
  async shut(gate: string): Promise<void> {
    await fetch(new URL(`/gates/${gate}`, this.url), { method: "DELETE" });
  }

  stop(): void {
    this.#process.kill("SIGKILL");
  }
}
