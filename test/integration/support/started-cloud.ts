import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { checkReply } from "../../fixtures/api/check-reply.ts";
import { lendAssembly, shareAssembly } from "./shared-assembly.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const Connection = z.object({ url: z.string(), token: z.string(), websocket_url: z.string(), aws_endpoint: z.string() });

/** A reply with its parsed body. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

/** How to run it otherwise than a user would. */
export interface CloudProcess {
  readonly env?: Readonly<Record<string, string>>;
  /** A process group of its own, which a kill takes down whole. */
  readonly isGroup?: boolean;
}

/** `npm start` in a state folder of its own, as a process that may be killed and started again. */
export class StartedCloud {
  readonly stateDir = mkdtempSync(path.join(tmpdir(), "a2a-start-"));
  readonly #how: CloudProcess;
  #process: ChildProcess | undefined;
  /** Everything the process printed, over all its lives. */
  output = "";

  constructor(how: CloudProcess = {}) {
    this.#how = how;
  }

  start(...options: string[]): void {
    lendAssembly(this.stateDir);
    const args = ["--max-semi-space-size=8", "infra/local/start.ts", "--state", this.stateDir, ...options];
    const { env = {}, isGroup: detached = false } = this.#how;
    const child = spawn(process.execPath, args, { cwd: ROOT, env: { ...process.env, NO_COLOR: "1", ...env }, detached });
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (this.output += String(chunk)));
    this.#process = child;
    // A group of its own does not end with ours.
    const end = (): void => killGroup(child, detached);
    process.once("exit", end);
    child.once("exit", () => process.off("exit", end));
  }

  /** Waits for the process to end. */
  async ended(): Promise<number | null> {
    const child = this.#running();
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    return new Promise((resolve) => child.once("exit", (code) => resolve(code)));
  }

  /** SIGKILL: nothing gets the chance to tidy up. */
  async kill(): Promise<void> {
    const child = this.#running();
    const gone = this.ended();
    killGroup(child, this.#how.isGroup === true);
    await gone;
  }

  /** Of the cloud's own process. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Whether the process ended without being killed. */
  get endedByItself(): boolean {
    return this.#process !== undefined && this.#process.exitCode !== null;
  }

  async stop(): Promise<number | null> {
    const child = this.#running();
    const gone = this.ended();
    child.kill("SIGTERM");
    return gone;
  }

  /** Waits until `probe` gives something. */
  async until<Found>(probe: () => Found | undefined | Promise<Found | undefined>, what: string): Promise<Found> {
    const deadline = Date.now() + 240_000;
    while (Date.now() < deadline) {
      const found = await probe();
      if (found !== undefined) return found;
      if (this.#running().exitCode !== null) throw new Error(`the cloud ended before ${what}:\n${this.output}`);
      await sleep(50);
    }
    throw new Error(`waited too long for ${what}:\n${this.output}`);
  }

  connection(): z.infer<typeof Connection> {
    return Connection.parse(JSON.parse(readFileSync(path.join(this.stateDir, "connection.json"), "utf8")));
  }

  /**
   * Waits until the API answers, to those as well who must show who they are: the authorizer is a function of its own
   * and may take five seconds, in which a busy machine has not loaded it.
   */
  async ready(): Promise<void> {
    await this.until(async () => {
      if (!existsSync(path.join(this.stateDir, "connection.json"))) return undefined;
      const { url, token } = this.connection();
      const answers = (target: string, headers = {}) => fetch(`${url}${target}`, { headers }).then(({ ok }) => ok, () => false);
      const isReady = (await answers("/ready")) && (await answers("/api/v1/agents?limit=1", { authorization: `Bearer ${token}` }));
      return isReady ? true : undefined;
    }, "the API");
    shareAssembly(this.stateDir);
  }

  /** Sends a request. The reply must be one that its operation declares. */
  async call(method: string, target: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    const { url, token } = this.connection();
    const reply = await fetch(`${url}${target}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await reply.text();
    checkReply({ method, target, status: reply.status, contentType: reply.headers.get("content-type") ?? "", text });
    return { status: reply.status, headers: reply.headers, body: text === "" ? undefined : JSON.parse(text) };
  }

  /** Calls that had an effect, as the sample agents logged them: one entry per call. */
  agentCalls(): { agent: string; skill: string; messageId: string }[] {
    const folder = path.join(this.stateDir, "agents");
    const logs = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".calls.jsonl"));
    return logs.flatMap((file) =>
      readFileSync(path.join(folder, file), "utf8")
        .trim()
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => ({ agent: path.basename(file, ".calls.jsonl"), ...Call.parse(JSON.parse(line)) })),
    );
  }

  /** Ends whatever still runs and forgets the state. */
  async dispose(): Promise<void> {
    const child = this.#process;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) await this.stop();
    rmSync(this.stateDir, { recursive: true, force: true });
  }

  #running(): ChildProcess {
    if (this.#process === undefined) throw new Error("the cloud was not started");
    return this.#process;
  }
}

const Call = z.object({ skill: z.string(), messageId: z.string() });

function killGroup(child: ChildProcess, isGroup: boolean): void {
  const isRunning = child.exitCode === null && child.signalCode === null;
  if (isGroup && isRunning && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  else child.kill("SIGKILL");
}
