import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { LogFile } from "./log-file.ts";
import type { FunctionDefinition } from "./protocol.ts";
import type { InvokeRequest, Outcome } from "./worker.ts";

const MAIN = fileURLToPath(new URL("./sandbox-main.ts", import.meta.url));
/** Users, network, processes, mounts: none of them the machine's. What is inside ends with the process that made it. */
const APART = ["--user", "--map-root-user", "--net", "--pid", "--fork", "--kill-child", "--mount", "--mount-proc", "--ipc", "--uts"];

const Reply = z.object({ id: z.string(), payload: z.string(), isError: z.boolean() });

/** Whether this machine lets a process be kept apart from everything else. */
export const canIsolate = (): boolean => spawnSync("unshare", [...APART, "true"], { stdio: "ignore" }).status === 0;

/**
 * Runs a function in processes of its own, one per tenant: without network, without sight of other processes, with a `/tmp` of
 * its own and without the homes of this machine's people (`sandbox-main.ts` hides them).
 */
export class Sandboxes {
  readonly #definition: FunctionDefinition & { readonly timeoutMs: number };
  readonly #allowsOpen: boolean;
  readonly #byTenant = new Map<string, Sandbox>();
  #isolates: boolean | undefined;

  /** @param allowsOpen they may run although the machine lets nothing be kept apart. */
  constructor(definition: FunctionDefinition & { readonly timeoutMs: number }, allowsOpen: boolean) {
    this.#definition = definition;
    this.#allowsOpen = allowsOpen;
  }

  invoke(tenant: string, request: InvokeRequest): Promise<Outcome> {
    this.#isolates ??= canIsolate();
    if (!this.#isolates && !this.#allowsOpen) {
      return Promise.resolve(failed("Sandbox.Refused", "this machine cannot keep the function apart (unshare does not work); start with --allow-command-hooks to run it all the same"));
    }
    const sandbox = this.#byTenant.get(tenant) ?? new Sandbox(this.#definition, this.#isolates);
    this.#byTenant.set(tenant, sandbox);
    return sandbox.invoke(request).finally(() => {
      if (sandbox.isOver && this.#byTenant.get(tenant) === sandbox) this.#byTenant.delete(tenant);
    });
  }

  stop(): void {
    for (const sandbox of this.#byTenant.values()) sandbox.end();
    this.#byTenant.clear();
  }
}

const failed = (errorType: string, errorMessage: string): Outcome => ({ payload: JSON.stringify({ errorType, errorMessage }), functionError: "Unhandled" });

/** One tenant's process. It takes a call at a time in any order, and ends with the first that takes too long. */
class Sandbox {
  readonly #process: ChildProcess;
  readonly #calls = new Map<string, (outcome: Outcome) => void>();
  isOver = false;

  constructor({ codeDir, handler, environment, logFile }: FunctionDefinition, isolates: boolean) {
    const command = isolates ? ["unshare", ...APART, process.execPath] : [process.execPath];
    const [program, ...args] = [...command, MAIN, codeDir, handler, isolates ? "isolated" : "open"];
    const child = spawn(program, args, { env: { ...environment }, cwd: "/", stdio: ["pipe", "pipe", "pipe"] });
    const log = new LogFile(logFile);
    child.stderr.on("data", (chunk) => log.append(String(chunk)));
    createInterface({ input: child.stdout }).on("line", (line) => this.#onReply(line));
    child.stdin.on("error", () => {});
    child.once("error", (error) => this.#onEnd(error.message));
    child.once("exit", (code, signal) => this.#onEnd(`exit status ${code ?? signal}`));
    this.#process = child;
  }

  invoke({ payload, requestId, timeoutMs }: InvokeRequest): Promise<Outcome> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#settle(requestId, failed("Sandbox.Timedout", `${requestId} Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`));
        this.end();
      }, timeoutMs);
      this.#calls.set(requestId, (outcome) => {
        clearTimeout(timer);
        resolve(outcome);
      });
      this.#process.stdin?.write(`${JSON.stringify({ id: requestId, payload })}\n`);
    });
  }

  end(): void {
    this.isOver = true;
    this.#process.kill("SIGKILL");
  }

  #onReply(line: string): void {
    const { id, payload, isError } = Reply.parse(JSON.parse(line));
    this.#settle(id, { payload, functionError: isError ? "Unhandled" : undefined });
  }

  #settle(id: string, outcome: Outcome): void {
    this.#calls.get(id)?.(outcome);
    this.#calls.delete(id);
  }

  #onEnd(reason: string): void {
    this.isOver = true;
    for (const id of this.#calls.keys()) this.#settle(id, failed("Runtime.ExitError", `the sandbox ended: ${reason}`));
  }
}
