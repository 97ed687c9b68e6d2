/**
 * The trivial and misbehaving agent of tests and benches. A hand-written JSON-RPC server of A2A 1.0, because it must
 * never be the bottleneck; how to write a real agent is shown by its neighbours.
 *
 * It echoes. A `behaviour` in the message's metadata or input makes it misbehave (`loopback-behaviours.ts`), and
 * `delayMs` and `bytes` say how much. `/` is an agent that pushes, `/stream-only/` one that refuses plain sends,
 * `/literal/` one that takes a repeated message for a new one,
 * `/blocking/` and `/blocking-stream/` ones that push nothing and take repeats for new. `gated` work waits for a `PUT /gates/NAME`.
 * Options: --port N, --data DIR (where effects are logged and remembered; none without it), --latency-ms N (default
 * delay, 50), --parent-pid N.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { parseArgs } from "node:util";

import * as z from "zod";

import { exitWhenOrphaned } from "./agent-kit.ts";
import { answerTask, BEHAVIOURS, cancelTask, messageJson, type Call, type Reply } from "./loopback-behaviours.ts";
import { cardFor, isLiteral, PATHS, STREAM_ONLY } from "./loopback-card.ts";
import { operateGate } from "./loopback-gates.ts";
import { LoopbackMemory } from "./loopback-memory.ts";
import { findTask, statusUpdate, taskByMessage, taskJson, tasksOf } from "./loopback-tasks.ts";

const text = { type: "string" } as const;
const { values: options } = parseArgs({
  options: { port: text, data: text, "latency-ms": text, "parent-pid": text },
});
const DEFAULT_DELAY_MS = Number(options["latency-ms"] ?? 50);
const GATES = "/gates/";

const record = z.record(z.string(), z.unknown());
const Wishes = z
  .object({
    behaviour: z.string(),
    delayMs: z.number(),
    bytes: z.number(),
    times: z.number(),
    rate: z.number(),
    seed: z.number(),
    faults: z.array(z.string()),
  })
  .partial()
  .catch({});
const Caller = z
  .object({ execution_id: z.string(), task_id: z.string(), attempt: z.number() })
  .partial()
  .catch({});
const Request = z.object({
  id: z.union([z.string(), z.number(), z.null()]).optional(),
  method: z.string(),
  params: record.default({}),
});
const Send = z.object({
  message: z.object({
    messageId: z.string(),
    contextId: z.string().optional(),
    taskId: z.string().optional(),
    parts: z.array(z.object({ data: record.optional() })),
    metadata: record.optional(),
  }),
  configuration: z
    .object({ taskPushNotificationConfig: z.object({ url: z.string(), token: z.string() }).optional() })
    .optional(),
});

const memory = new LoopbackMemory(options.data);
const refusals = new Map<string, number>();

/** @param isLiteral Whether a repeated message is another one. */
function perform(params: unknown, isLiteral = false): Reply | Promise<Reply> {
  const { message, configuration } = Send.parse(params);
  const body = message.parts.find(({ data }) => data !== undefined)?.data ?? {};
  const input = record.catch(body).parse(body["input"] ?? body);
  const wishes = { ...Wishes.parse(input), ...Wishes.parse(message.metadata ?? {}) };
  if (wishes.behaviour === "unavailable" && isUnavailable(callerOf(message), wishes.times ?? 1)) {
    return { kind: "http", status: 503, headers: { "retry-after": "1" }, body: "try again" };
  }
  const isRepeat = !isLiteral && memory.isKnown(message.messageId);
  const known = isRepeat ? memory.recall(message.messageId) : undefined;
  if (known !== undefined) return known;
  const { execution_id: execution, task_id: task, attempt } = Caller.parse(message.metadata ?? {});
  const call: Call = {
    ...contentOf(message, { body, input }),
    push: configuration?.taskPushNotificationConfig,
    delayMs: wishes.delayMs ?? DEFAULT_DELAY_MS,
    bytes: wishes.bytes ?? 1000,
    chance: { rate: wishes.rate ?? 0, seed: wishes.seed ?? 0, faults: wishes.faults ?? [], times: wishes.times ?? Infinity },
    attempt: attempt ?? 1,
    isRepeat,
  };
  if (!isRepeat) memory.noteEffect(call, { execution, task, attempt });
  const reply = replyTo(call, wishes.behaviour);
  memory.keep(message.messageId, reply);
  return reply;
}

type Message = z.infer<typeof Send>["message"];

function contentOf(message: Message, { body, input }: { body: Record<string, unknown>; input: Record<string, unknown> }) {
  const skill = message.metadata?.["skill"] ?? body["skill"];
  return {
    messageId: message.messageId,
    contextId: message.contextId ?? crypto.randomUUID(),
    taskId: message.taskId,
    skill: typeof skill === "string" ? skill : undefined,
    input,
    dependencies: body["dependencies"],
  };
}

function replyTo(call: Call, wish = "echo"): Reply | Promise<Reply> {
  // The work of a message that was taken without an answer goes on.
  const taken = call.isRepeat ? taskByMessage(call.messageId) : undefined;
  if (taken !== undefined) return { kind: "task", task: taken };
  const behave = BEHAVIOURS[wish] ?? BEHAVIOURS["echo"];
  return call.taskId === undefined && behave !== undefined ? behave(call) : answerTask(call);
}

/** Who keeps trying: an orchestrator's task, whose attempts differ in their message id, or else the message. */
function callerOf({ messageId, metadata }: Message): string {
  const { execution_id: execution, task_id: task } = metadata ?? {};
  return typeof execution === "string" ? `${execution} ${String(task)}` : messageId;
}

function isUnavailable(caller: string, times: number): boolean {
  const before = refusals.get(caller) ?? 0;
  refusals.set(caller, before + 1);
  return before < times;
}

function resultOf(reply: Extract<Reply, { kind: "message" | "task" }>): object {
  if (reply.kind === "message") return { message: messageJson(reply.data) };
  return { task: taskJson(reply.task) };
}

function respond(response: ServerResponse, id: unknown, reply: Reply): void {
  switch (reply.kind) {
    case "message":
    case "task":
      return sendJson(response, { jsonrpc: "2.0", id, result: resultOf(reply) });
    case "error":
      return sendJson(response, { jsonrpc: "2.0", id, error: { code: reply.code, message: reply.message } });
    case "http":
      return void response.writeHead(reply.status, reply.headers).end(reply.body);
    case "stall":
      return void response.writeHead(200, { "content-type": "application/json" }).write('{"jsonrpc":"2.0",');
    case "drop":
      return void response.destroy();
    case "silence":
      return;
    default:
      reply satisfies never;
  }
}

function sendJson(response: ServerResponse, value: object): void {
  const body = JSON.stringify(value);
  response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) }).end(body);
}

async function stream(
  response: ServerResponse,
  id: unknown,
  { params, isLiteral: isNew }: { params: unknown; isLiteral: boolean },
): Promise<void> {
  const reply = await perform(params, isNew);
  if (reply.kind !== "task" && reply.kind !== "message") return respond(response, id, reply);
  response.writeHead(200, { "content-type": "text/event-stream" });
  const event = (result: object): boolean =>
    response.write(`data: ${JSON.stringify({ jsonrpc: "2.0", id, result })}\n\n`);
  event(resultOf(reply));
  if (reply.kind === "message") return void response.end();
  const timer = setInterval(() => {
    const task = findTask(reply.task.id);
    if (task === undefined || task.state === "WORKING") return;
    clearInterval(timer);
    if (task.output !== undefined) {
      const artifact = { artifactId: "result", parts: [{ data: task.output }] };
      event({ artifactUpdate: { taskId: task.id, contextId: task.contextId, artifact, lastChunk: true } });
    }
    event(statusUpdate(task));
    response.end();
  }, 10);
  response.on("close", () => clearInterval(timer));
}

async function answer(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
  const { id, method, params } = Request.parse(JSON.parse(body));
  const task = findTask(params["id"]);
  const missing: Reply = { kind: "error", code: -32_001, message: "no such task" };
  switch (method) {
    case "SendMessage":
      if (request.url === STREAM_ONLY)
        return respond(response, id, { kind: "error", code: -32_004, message: "stream" });
      return respond(response, id, await perform(params, isLiteral(request.url ?? "")));
    case "SendStreamingMessage":
      return stream(response, id, { params, isLiteral: isLiteral(request.url ?? "") });
    case "GetTask":
      if (task === undefined) return respond(response, id, missing);
      return sendJson(response, { jsonrpc: "2.0", id, result: taskJson(task) });
    case "CancelTask": {
      const reply = task === undefined ? missing : cancelTask(task);
      return reply.kind === "task"
        ? sendJson(response, { jsonrpc: "2.0", id, result: taskJson(reply.task) })
        : respond(response, id, reply);
    }
    case "ListTasks":
      return sendJson(response, {
        jsonrpc: "2.0",
        id,
        result: { tasks: tasksOf(params["contextId"]).map(taskJson), nextPageToken: "" },
      });
    default:
      return respond(response, id, { kind: "error", code: -32_601, message: `no method ${method}` });
  }
}

const server = createServer((request, response) => {
  const { method, url = "" } = request;
  if (url.startsWith(GATES) && operateGate(method, url.slice(GATES.length))) return void response.writeHead(204).end();
  if (request.method === "GET") {
    const path = PATHS.find((prefix) => request.url?.startsWith(prefix) === true) ?? "/";
    if (request.url !== `${path}.well-known/agent-card.json`) return void response.writeHead(404).end();
    return sendJson(response, cardFor(`http://${request.headers.host ?? ""}`, path));
  }
  const pieces: Buffer[] = [];
  request.on("data", (piece: Buffer) => pieces.push(piece));
  request.on("end", () => {
    answer(request, response, Buffer.concat(pieces).toString()).catch((error: unknown) => {
      respond(response, null, { kind: "error", code: -32_602, message: String(error) });
    });
  });
});
server.listen(Number(options.port ?? 0), "127.0.0.1", () => {
  const address = server.address();
  const port = typeof address === "object" ? address?.port : options.port;
  console.log(JSON.stringify({ ready: true, agent: "loopback", url: `http://127.0.0.1:${port}` }));
});
if (options["parent-pid"] !== undefined) exitWhenOrphaned(Number(options["parent-pid"]));
process.once("SIGTERM", () => process.exit(0));
