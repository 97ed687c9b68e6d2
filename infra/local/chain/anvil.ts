import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { join, dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Every chain of this kind has it. */
export const ANVIL_CHAIN_ID = 31_337;

const READY_MS = 20_000;
const STOP_MS = 2000;
const POLL_MS = 20;

/** How to run a chain. */
export interface AnvilOptions {
  /** @default - a free one */
  readonly port?: number;
  /** Where the chain is kept; written every second and at the end. @default - nowhere */
  readonly stateFile?: string;
  /** A block every so many seconds, whether there is something to put in or not. @default - a block per transaction */
  readonly blockSeconds?: number;
  /** Whether it outlives the process that starts it. @default false */
  readonly detached?: boolean;
}

/** A chain of one node, for one machine. */
export interface Anvil {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Ends it: `SIGTERM` has it keep everything, `SIGKILL` what it wrote down last. */
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<void>;
}

const SYSTEMS: Readonly<Record<string, string>> = { linux: "linux", darwin: "darwin", win32: "win32" };
const MACHINES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

/** The program, where there is one for this platform. */
export function findAnvil(): string | undefined {
  const name = `@foundry-rs/anvil-${SYSTEMS[process.platform] ?? process.platform}-${MACHINES[process.arch] ?? process.arch}`;
  try {
    const folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
    const program = join(folder, "bin", process.platform === "win32" ? "anvil.exe" : "anvil");
    return existsSync(program) ? program : undefined;
  } catch {
    return undefined;
  }
}

/** Starts the program, and waits until it answers. @throws {Error} it ends, or does not answer. */
export async function startAnvil(program: string, options: AnvilOptions = {}): Promise<Anvil> {
  const port = options.port ?? (await freePort());
  const { stateFile, blockSeconds, detached = false } = options;
  const kept =
    stateFile === undefined
      ? []
      : ["--state", stateFile, "--state-interval", "1", "--timestamp", bornAt(`${stateFile}.born`)];
  const paced = blockSeconds === undefined ? [] : ["--block-time", String(blockSeconds)];
  // One slot to an epoch: else nothing is final for 64 blocks.
  const fixed = ["--host", "127.0.0.1", "--silent", "--chain-id", String(ANVIL_CHAIN_ID), "--slots-in-an-epoch", "1"];
  const child = spawn(program, [...fixed, "--port", String(port), ...kept, ...paced], { stdio: "ignore", detached });
  if (detached) child.unref();
  const url = `http://127.0.0.1:${port}`;
  await untilReady(child, url);
  // It takes the time at which it was born for the time that it is.
  if (stateFile !== undefined) await call(url, "evm_setTime", [secondsNow()]);
  return { url, port, pid: child.pid ?? 0, stop: (signal = "SIGTERM") => stop(child, signal) };
}

const secondsNow = (): number => Math.floor(Date.now() / 1000);

/** When a chain began. It has to be told at every start: else its first block, by which it is known, is another each time. */
function bornAt(file: string): string {
  if (!existsSync(file)) writeFileSync(file, String(secondsNow()));
  return readFileSync(file, "utf8");
}

async function call(url: string, method: string, params: readonly unknown[]): Promise<void> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
}

async function untilReady(child: ChildProcess, url: string): Promise<void> {
  const failures: Error[] = [];
  child.once("error", (error) => failures.push(error));
  for (let waited = 0; waited < READY_MS && child.exitCode === null && failures.length === 0; waited += POLL_MS) {
    try {
      await call(url, "eth_chainId", []);
      return;
    } catch {
      await sleep(POLL_MS);
    }
  }
  child.kill("SIGKILL");
  throw new Error("anvil does not start", { cause: failures[0] });
}

async function stop(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await gone;
  clearTimeout(timer);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}
