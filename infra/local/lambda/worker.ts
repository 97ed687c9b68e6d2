import { Worker } from "node:worker_threads";
import type { ServiceCalls } from "../clients/door.ts";
import type { FunctionDefinition, InvokeMessage, StreamHead, WorkerReply, WorkerRequest } from "./protocol.ts";

/** Receives what a streaming handler writes. */
export interface StreamReceiver {
  head(head: StreamHead): void;
  chunk(data: Uint8Array): void;
}

/** How a call ended: `payload` is JSON text, the result or the error in Lambda's shape. */
export interface Outcome {
  readonly payload: string;
  readonly functionError: "Unhandled" | undefined;
}

interface Call {
  readonly receiver: StreamReceiver | undefined;
  readonly timer: NodeJS.Timeout;
  settle(outcome: Outcome): void;
}

export type InvokeRequest = Omit<InvokeMessage, "type" | "id" | "isStreaming" | "deadline"> & {
  readonly timeoutMs: number;
};

/** A machine with other work keeps a sound thread waiting for a second or two, and ending it costs all of its calls. */
const PATIENCE_MS = 5000;

function post(thread: Worker | undefined, request: WorkerRequest): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread, not a window
  thread?.postMessage(request);
}

/** A thread that hosts functions. When it dies its calls fail, and the next call starts another. */
export class LambdaWorker {
  readonly #definitions = new Map<string, FunctionDefinition>();
  readonly #calls = new Map<number, Call>();
  readonly #pings = new Map<number, NodeJS.Timeout>();
  readonly #services: ServiceCalls;
  readonly #patienceMs: number;
  #thread: Worker | undefined;
  #nextId = 1;

  /** @param patienceMs how long a thread with a call beyond its time may say nothing before it is ended. */
  constructor(services: ServiceCalls, patienceMs = PATIENCE_MS) {
    this.#services = services;
    this.#patienceMs = patienceMs;
  }

  define(definition: FunctionDefinition): void {
    this.#definitions.set(definition.name, definition);
    post(this.#thread, { type: "define", definition });
  }

  /** Loads a function's module before its first call. */
  load(functionName: string): void {
    this.#send({ type: "load", functionName });
  }

  invoke(request: InvokeRequest, receiver?: StreamReceiver): { outcome: Promise<Outcome>; cancel(): void } {
    const id = this.#nextId++;
    const { timeoutMs, ...rest } = request;
    const outcome = new Promise<Outcome>((resolve) => {
      const timer = setTimeout(() => this.#onTimeout(id, request), timeoutMs);
      this.#calls.set(id, { receiver, timer, settle: resolve });
    });
    const deadline = Date.now() + timeoutMs;
    this.#send({ type: "invoke", id, isStreaming: receiver !== undefined, deadline, ...rest });
    return { outcome, cancel: () => post(this.#thread, { type: "cancel", id }) };
  }

  async stop(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    for (const timer of this.#pings.values()) clearTimeout(timer);
    await thread?.terminate();
    this.#failAll("Runtime.ExitError", "the cloud stopped");
  }

  #send(request: WorkerRequest): void {
    this.#thread ??= this.#start();
    post(this.#thread, request);
  }

  #start(): Worker {
    const thread = new Worker(new URL("./worker-main.ts", import.meta.url), { env: {}, execArgv: [] });
    thread.on("message", (reply: WorkerReply) => this.#onReply(thread, reply));
    thread.on("error", (error) => this.#onExit(thread, error instanceof Error ? error.message : String(error)));
    thread.on("exit", (code) => this.#onExit(thread, `exit status ${code}`));
    for (const definition of this.#definitions.values()) {
      post(thread, { type: "define", definition });
    }
    return thread;
  }

  #onReply(thread: Worker, reply: WorkerReply): void {
    const call = this.#calls.get(reply.id);
    switch (reply.type) {
      case "result":
        return this.#settle(reply.id, { payload: reply.payload, functionError: undefined });
      case "error":
        return this.#settle(reply.id, { payload: reply.payload, functionError: "Unhandled" });
      case "end":
        return this.#settle(reply.id, { payload: "null", functionError: undefined });
      case "head":
        return call?.receiver?.head(reply.head);
      case "chunk":
        return call?.receiver?.chunk(reply.data);
      case "pong":
        clearTimeout(this.#pings.get(reply.id));
        this.#pings.delete(reply.id);
        return;
      case "call":
        return void this.#serve(thread, reply);
      default:
        return reply satisfies never;
    }
  }

  async #serve(thread: Worker, { id, target, body }: Extract<WorkerReply, { type: "call" }>): Promise<void> {
    const answer = await this.#services(target, body);
    post(thread, "body" in answer ? { type: "answer", id, ...answer } : { type: "refused", id, ...answer });
  }

  #settle(id: number, outcome: Outcome): void {
    const call = this.#calls.get(id);
    if (call === undefined) return;
    this.#calls.delete(id);
    clearTimeout(call.timer);
    call.settle(outcome);
  }

  #onTimeout(id: number, { requestId, timeoutMs }: InvokeRequest): void {
    const errorMessage = `${requestId} Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
    this.#settle(id, {
      payload: JSON.stringify({ errorType: "Sandbox.Timedout", errorMessage }),
      functionError: "Unhandled",
    });
    post(this.#thread, { type: "cancel", id });
    this.#checkPulse();
  }

  /** A handler that waits too long is abandoned; one that blocks the thread costs all its calls. */
  #checkPulse(): void {
    const id = this.#nextId++;
    post(this.#thread, { type: "ping", id });
    const thread = this.#thread;
    this.#pings.set(
      id,
      setTimeout(() => void thread?.terminate(), this.#patienceMs),
    );
  }

  #onExit(thread: Worker, reason: string): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    this.#failAll("Runtime.ExitError", `the runtime exited: ${reason}`);
  }

  #failAll(errorType: string, errorMessage: string): void {
    const payload = JSON.stringify({ errorType, errorMessage });
    for (const id of this.#calls.keys()) this.#settle(id, { payload, functionError: "Unhandled" });
  }
}
