import { existsSync } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { pathToFileURL } from "node:url";
import { parentPort } from "node:worker_threads";
import { openDoor } from "../clients/door.ts";
import { replaceClients } from "../clients/load-clients.ts";
import { WorkerDoor } from "../clients/worker-door.ts";
import { awslambda, isStreamingHandler, ResponseStream } from "./response-stream.ts";
import type { FunctionDefinition, InvokeMessage, WorkerReply, WorkerRequest } from "./protocol.ts";
import { createScope, installScopes } from "./worker-environment.ts";

type Handler = (...args: readonly unknown[]) => unknown;

/** One function in this thread: its module is loaded once, at the first call. */
class HostedFunction {
  readonly definition: FunctionDefinition;
  readonly run: <Result>(work: () => Result) => Result;
  #handler: Promise<Handler> | undefined;

  constructor(definition: FunctionDefinition) {
    this.definition = definition;
    this.run = createScope(definition);
  }

  load(): Promise<Handler> {
    this.#handler ??= this.run(() => loadHandler(this.definition)).catch((error: unknown) => {
      // As on AWS, the next call tries the initialisation again.
      this.#handler = undefined;
      throw error;
    });
    return this.#handler;
  }
}

const functions = new Map<string, HostedFunction>();
/** Calls in progress; aborted when their caller is gone. */
const calls = new Map<number, AbortController>();

async function loadHandler({ codeDir, handler, name }: FunctionDefinition): Promise<Handler> {
  const split = handler.lastIndexOf(".");
  const [file, exportName] = [handler.slice(0, split), handler.slice(split + 1)];
  const path = [".mjs", ".js", ".cjs"]
    .map((extension) => join(codeDir, file + extension))
    .find((each) => existsSync(each));
  if (path === undefined) throw new Error(`function ${name}: ${codeDir} has no module ${file}`);
  // The query gives two functions with the same asset a module instance each.
  const module: unknown = await import(`${pathToFileURL(path).href}?function=${encodeURIComponent(name)}`);
  const exported: unknown = Reflect.get(Object(module), exportName);
  if (!isHandler(exported)) throw new Error(`function ${name}: ${path} does not export ${exportName}`);
  return exported;
}

const isHandler = (value: unknown): value is Handler => typeof value === "function";

async function invoke(message: InvokeMessage): Promise<void> {
  const { id } = message;
  const hosted = functions.get(message.functionName);
  const caller = new AbortController();
  calls.set(id, caller);
  try {
    if (hosted === undefined) throw new Error(`function ${message.functionName} is not defined`);
    const handler = await hosted.load();
    const event: unknown = JSON.parse(message.payload);
    const context = contextOf(hosted.definition, message);
    if (isStreamingHandler(handler)) {
      await hosted.run(() => stream(message, caller.signal, (output) => handler(event, output, context)));
    } else {
      const result = await hosted.run(() => handler(event, context));
      post({ type: "result", id, payload: JSON.stringify(result) ?? "null" });
    }
  } catch (error) {
    post({ type: "error", id, payload: JSON.stringify(describeError(error)) });
  } finally {
    calls.delete(id);
  }
}

async function stream(
  { id, isStreaming }: InvokeMessage,
  caller: AbortSignal,
  call: (output: ResponseStream) => unknown,
): Promise<void> {
  const collected: Uint8Array[] = [];
  const output = new ResponseStream({
    head: (head) => (isStreaming ? post({ type: "head", id, head }) : undefined),
    chunk: (data) => (isStreaming ? post({ type: "chunk", id, data }) : collected.push(data)),
  });
  const closed = finished(output).catch(() => {});
  const close = (): void => void output.destroy();
  if (caller.aborted) close();
  caller.addEventListener("abort", close);
  await call(output);
  if (!output.writableEnded && !output.destroyed) output.end();
  await closed;
  const text = Buffer.concat(collected).toString();
  post(isStreaming ? { type: "end", id } : { type: "result", id, payload: JSON.stringify(text) });
}

function contextOf(definition: FunctionDefinition, message: InvokeMessage): object {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: definition.name,
    functionVersion: "$LATEST",
    invokedFunctionArn: definition.arn,
    memoryLimitInMB: String(definition.memoryMb),
    awsRequestId: message.requestId,
    logGroupName: `/aws/lambda/${definition.name}`,
    logStreamName: "local",
    getRemainingTimeInMillis: () => Math.max(0, message.deadline - Date.now()),
  };
}

function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") };
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread, not a window
const post = (reply: WorkerReply): void => parentPort?.postMessage(reply);

function receive(request: WorkerRequest): void {
  switch (request.type) {
    case "define":
      functions.set(request.definition.name, new HostedFunction(request.definition));
      return;
    case "load":
      // A module that fails to load says so again, to the caller, at its first invocation.
      functions
        .get(request.functionName)
        ?.load()
        .catch(() => {});
      return;
    case "invoke":
      void invoke(request);
      return;
    case "cancel":
      calls.get(request.id)?.abort();
      return;
    case "ping":
      post({ type: "pong", id: request.id });
      return;
    case "answer":
      door.answer(request.id, request.body);
      return;
    case "refused":
      door.refuse(request.id, request.refusal);
      return;
    default:
      request satisfies never;
  }
}

const door = new WorkerDoor((id, target, body) => post({ type: "call", id, target, body }));
openDoor(door);
replaceClients();
installScopes();
Object.assign(globalThis, { awslambda });
// One function's stray rejection must not end the others; on AWS it would end only its own sandbox.
process.on("unhandledRejection", (reason) => console.error("unhandled rejection", reason));
parentPort?.on("message", receive);
