import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";

const ROOT = path.resolve(import.meta.dirname, "../../..");
// Rare enough not to load what it watches; times come from the server's own records.
const POLL_MS = 150;

const Connection = z.object({ url: z.string(), token: z.string(), aws_endpoint: z.string() });
const Amounts = z.object({ billed: z.record(z.string(), z.number()), calls: z.record(z.string(), z.number()) });
export type Amounts = z.infer<typeof Amounts>;
const Submitted = z.object({ execution_id: z.string() });
const Listing = z.object({
  executions: z.array(
    z.object({
      execution_id: z.string(),
      status: z.string(),
      execution_metadata: z.object({ submitted_at: z.string(), completed_at: z.string().nullable() }),
    }),
  ),
});

/** The embedded cloud with the trivial agent, in processes of their own, reached over HTTP like any deployment. */
export class Bench {
  readonly #waiting = new Map<string, (milliseconds: number) => void>();
  readonly #cloud: ChildProcess;
  readonly #agent: ChildProcess;
  readonly #stateDir: string;
  readonly #url: string;
  readonly #awsEndpoint: string;
  readonly #agentUrl: string;
  readonly #token: string;
  #polling = false;

  private constructor(parts: { cloud: ChildProcess; agent: ChildProcess; stateDir: string; url: string; token: string; awsEndpoint: string; agentUrl: string }) {
    this.#cloud = parts.cloud;
    this.#agent = parts.agent;
    this.#stateDir = parts.stateDir;
    this.#url = parts.url;
    this.#awsEndpoint = parts.awsEndpoint;
    this.#agentUrl = parts.agentUrl;
    this.#token = parts.token;
  }

  /**
   * Brings everything up and registers the agent with the skill `echo`.
   *
   * @param env - settings of the cloud beside those that it has anyway.
   */
  static async start(env: Readonly<Record<string, string>> = {}): Promise<Bench> {
    const stateDir = mkdtempSync(path.join(tmpdir(), "a2a-bench-"));
    const cloud = spawn(process.execPath, ["--max-semi-space-size=8", "infra/local/start.ts", "--no-job", "--state", stateDir], {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ["ignore", "ignore", "inherit"],
    });
    const agent = spawn(process.execPath, ["infra/local/agents/loopback.ts", "--port", "0", "--latency-ms", "0"], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const agentUrl = await readReady(agent);
    const { url, token, aws_endpoint: awsEndpoint } = await readConnection(path.join(stateDir, "connection.json"), cloud);
    const bench = new Bench({ cloud, agent, stateDir, url, token, awsEndpoint, agentUrl });
    await bench.#call("POST", "/api/v1/agents", { endpoint: agentUrl, capabilities: ["echo"] });
    return bench;
  }

  /** Resident memory of the cloud's own process, in MB. */
  memoryMb(): number {
    const status = readFileSync(`/proc/${this.#cloud.pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024;
  }

  /** Registers the agent that listens at a path of the trivial one. */
  async register(path: string, agent_id: string): Promise<void> {
    await this.#call("POST", "/api/v1/agents", { agent_id, endpoint: `${this.#agentUrl}${path}`, capabilities: ["echo"], blocking: false });
  }

  async statusOf(execution: string): Promise<string> {
    return z.object({ status: z.string() }).parse(await this.#call("GET", `/api/v1/executions/${execution}`)).status;
  }

  /** What AWS would bill so far: of a cloud that was started with `A2A_METER=1`. */
  async amounts(): Promise<Amounts> {
    const reply = await fetch(`${this.#awsEndpoint}/_meter`);
    return Amounts.parse(await reply.json());
  }

  async deploy(definition: unknown): Promise<void> {
    await this.#call("POST", "/api/v1/workflows", definition);
  }

  /** Starts a workflow without waiting for it. */
  async submit(workflow: string, runner: "machine" | "graph"): Promise<string> {
    const body = { input_data: {}, execution_options: { runner } };
    const reply = await this.#call("POST", `/api/v1/workflows/${workflow}/execute`, body);
    return Submitted.parse(reply).execution_id;
  }

  /** Runs a workflow to its end. @returns milliseconds from submission to completion, by the server's clock. */
  async run(workflow: string, runner: "machine" | "graph"): Promise<number> {
    const id = await this.submit(workflow, runner);
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      if (!this.#polling) void this.#poll();
    });
  }

  /** A request as any client makes it: with the token, below the API's URL. */
  request(target: string, { headers, ...init }: Omit<RequestInit, "headers"> & { headers: Record<string, string> }): Promise<Response> {
    return fetch(`${this.#url}${target}`, { ...init, headers: { authorization: `Bearer ${this.#token}`, ...headers } });
  }

  /** Waits until what was submitted has had its turn. */
  async settle(): Promise<void> {
    await sleep(5000);
  }

  async stop(): Promise<void> {
    this.#cloud.kill("SIGTERM");
    this.#agent.kill("SIGKILL");
    await new Promise((resolve) => this.#cloud.once("exit", resolve));
    rmSync(this.#stateDir, { recursive: true, force: true });
  }

  /** One listing serves everybody who waits, so that watching costs the cloud little. */
  async #poll(): Promise<void> {
    this.#polling = true;
    while (this.#waiting.size > 0) {
      await sleep(POLL_MS);
      for (const status of ["completed", "failed"]) {
        const { executions } = Listing.parse(await this.#call("GET", `/api/v1/executions?status=${status}&limit=64`));
        for (const { execution_id: id, execution_metadata: times } of executions) this.#finish(id, status, times);
        if (status === "completed" && this.#waiting.size === 0) break;
      }
    }
    this.#polling = false;
  }

  #finish(id: string, status: string, times: { submitted_at: string; completed_at: string | null }): void {
    const resolve = this.#waiting.get(id);
    if (resolve === undefined) return;
    if (status === "failed") throw new Error(`${id} failed`);
    this.#waiting.delete(id);
    resolve(Date.parse(times.completed_at ?? "") - Date.parse(times.submitted_at));
  }

  async #call(method: string, target: string, body?: unknown): Promise<unknown> {
    const reply = await fetch(`${this.#url}${target}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${method} ${target}: ${reply.status} ${text.slice(0, 500)}`);
    return text === "" ? undefined : JSON.parse(text);
  }
}

/** The agent's first line says where it listens. */
async function readReady(agent: ChildProcess): Promise<string> {
  for await (const chunk of agent.stdout ?? []) return z.object({ url: z.string() }).parse(JSON.parse(String(chunk).split("\n")[0] ?? "")).url;
  throw new Error("the agent did not start");
}

async function readConnection(file: string, cloud: ChildProcess): Promise<z.infer<typeof Connection>> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (cloud.exitCode !== null) throw new Error(`the embedded cloud ended with ${cloud.exitCode}`);
    try {
      const connection = Connection.parse(JSON.parse(readFileSync(file, "utf8")));
      const ready = await fetch(`${connection.url}/ready`).then(({ ok }) => ok, () => false);
      if (ready) return connection;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT") && !(error instanceof SyntaxError)) throw error;
    }
    await sleep(100);
  }
  throw new Error("the embedded cloud did not come up");
}
