import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

import * as z from "zod";

/** An agent of `infra/local/agents` running as a process of its own. */
export interface AgentProcess extends AsyncDisposable {
  readonly url: string;
}

const Ready = z.object({ ready: z.literal(true), url: z.url() });

/** Starts an agent on a free port and waits until it listens. */
export async function startAgentProcess(name: string, args: readonly string[] = []): Promise<AgentProcess> {
  const script = new URL(`../../infra/local/agents/${name}.ts`, import.meta.url).pathname;
  const child = spawn(process.execPath, [script, "--port", "0", ...args], { stdio: ["ignore", "pipe", "ignore"] });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null) return;
    child.kill();
    await once(child, "exit");
  };
  const gone = once(child, "exit").then(() => Promise.reject(new Error(`agent ${name} exited before it was ready`)));
  const lines = createInterface(child.stdout);
  const ready = once(lines, "line").then(([line]) => Ready.parse(JSON.parse(String(line))));
  gone.catch(() => undefined);
  const { url } = await Promise.race([ready, gone]);
  return { url, [Symbol.asyncDispose]: stop };
}
