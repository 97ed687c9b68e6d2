import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { isAlive } from "../state/process-files.ts";
import { StartError } from "./failures.ts";

/** A sample agent to run, and how. */
export interface AgentPlace {
  readonly name: string;
  /** Holds `<name>.json` and the agent's own folder `<name>/`. */
  readonly folder: string;
  readonly latencyMs: number | undefined;
}

/** What is kept about an agent: without `pid` it was stopped, and only its port is wanted again. */
const AgentRecord = z.object({ pid: z.int().positive().optional(), url: z.url(), latencyMs: z.int().optional() });
type AgentRecord = z.output<typeof AgentRecord>;

/** An agent that listens. */
export interface RunningAgent extends AgentRecord {
  readonly pid: number;
}

const ReadyLine = z.object({ ready: z.literal(true), url: z.url() });
const READY_MS = 20_000;
const STOP_MS = 1000;
const POLL_MS = 20;

const scriptOf = (name: string): string => fileURLToPath(new URL(`../agents/${name}.ts`, import.meta.url));
const recordOf = ({ folder, name }: AgentPlace): string => join(folder, `${name}.json`);

/**
 * Finds the agent that an earlier start left behind, or starts one, on its former port where that is free. Agents are
 * processes of their own that outlive this one, so they keep their tasks when it is killed.
 *
 * @throws {StartError} it does not get ready.
 */
export async function ensureAgent(place: AgentPlace): Promise<{ agent: RunningAgent; isNew: boolean }> {
  const last = readRecord(place);
  if (last !== undefined && isAgentAlive(place, last)) {
    if (last.latencyMs === place.latencyMs && (await isServing(last))) return { agent: last, isNew: false };
    await stopAgent(place);
  }
  const formerPort = last === undefined ? 0 : Number(new URL(last.url).port);
  const agent = await launch(place, formerPort).catch((error: unknown) => {
    if (formerPort === 0) throw error;
    return launch(place, 0);
  });
  saveRecord(place, agent);
  return { agent, isNew: true };
}

/** Whether the agent's process is there; a number that went to a stranger does not count. */
export function isAgentAlive({ name }: Pick<AgentPlace, "name">, agent: AgentRecord): agent is RunningAgent {
  const { pid } = agent;
  if (pid === undefined || !isAlive(pid)) return false;
  const commandLine = `/proc/${pid}/cmdline`;
  return !existsSync(commandLine) || readFileSync(commandLine, "utf8").includes(scriptOf(name));
}

/** Ends the agent, gently first; its port is remembered. */
export async function stopAgent(place: AgentPlace): Promise<void> {
  const agent = readRecord(place);
  if (agent === undefined) return;
  if (isAgentAlive(place, agent)) {
    process.kill(agent.pid, "SIGTERM");
    for (let waited = 0; isAlive(agent.pid) && waited < STOP_MS; waited += POLL_MS) await sleep(POLL_MS);
    if (isAgentAlive(place, agent)) process.kill(agent.pid, "SIGKILL");
  }
  saveRecord(place, { url: agent.url });
}

function readRecord(place: AgentPlace): AgentRecord | undefined {
  const file = recordOf(place);
  if (!existsSync(file)) return undefined;
  try {
    return AgentRecord.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    // Not a record: as good as none.
    return undefined;
  }
}

function saveRecord(place: AgentPlace, record: AgentRecord): void {
  const draft = `${recordOf(place)}.draft`;
  writeFileSync(draft, JSON.stringify(record));
  renameSync(draft, recordOf(place));
}

async function isServing({ url }: AgentRecord): Promise<boolean> {
  try {
    await fetch(url, { signal: AbortSignal.timeout(2000) });
    return true;
  } catch {
    return false;
  }
}

async function launch({ name, folder, latencyMs }: AgentPlace, port: number): Promise<RunningAgent> {
  const data = join(folder, name);
  mkdirSync(data, { recursive: true });
  const log = join(data, "agent.log");
  const output = openSync(log, "w");
  const latency = latencyMs === undefined ? [] : ["--latency-ms", String(latencyMs)];
  const options = ["--port", String(port), "--data", data, "--parent-pid", String(process.pid), ...latency];
  // A session of its own: Ctrl-C in the terminal is for us to pass on. A file, not a pipe: a pipe would die with us.
  const child = spawn(process.execPath, [scriptOf(name), ...options], {
    detached: true,
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  child.unref();
  const { pid } = child;
  const url = await waitForUrl(log, () => pid === undefined || child.exitCode !== null || child.signalCode !== null);
  if (pid !== undefined && url !== undefined) return { pid, url, ...(latencyMs === undefined ? {} : { latencyMs }) };
  child.kill();
  throw new StartError(`the agent '${name}' does not start`, `see ${log}`);
}

async function waitForUrl(log: string, hasEnded: () => boolean): Promise<string | undefined> {
  for (let waited = 0; waited < READY_MS && !hasEnded(); waited += POLL_MS) {
    const lines = readFileSync(log, "utf8").split("\n").slice(0, -1);
    const url = lines.map(readyUrl).find((found) => found !== undefined);
    if (url !== undefined) return url;
    await sleep(POLL_MS);
  }
  return undefined;
}

function readyUrl(line: string): string | undefined {
  try {
    return ReadyLine.safeParse(JSON.parse(line)).data?.url;
  } catch {
    return undefined;
  }
}
