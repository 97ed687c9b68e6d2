import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";

/** The one agent behind the workflow `tck`: it does what the conformance kit expects of a message's id. */

const Rpc = z.object({
  id: z.unknown(),
  method: z.string(),
  params: z.object({
    id: z.string().optional(),
    message: z
      .object({ taskId: z.string().optional(), parts: z.array(z.looseObject({ data: z.unknown().optional() })) })
      .optional(),
  }),
});
const Work = z.object({ input: z.object({ message_id: z.string() }) });

interface AgentTask {
  readonly id: string;
  readonly contextId: string;
  readonly status: { readonly state: string; readonly message?: object };
  readonly artifacts?: readonly object[];
}

const say = (text: string) => ({ messageId: randomUUID(), role: "ROLE_AGENT", parts: [{ text }] });
const file = { filename: "output.txt", mediaType: "text/plain" };

/** What becomes of a message whose id begins so. The first that fits counts. */
const PARTS: readonly (readonly [prefix: string, parts: readonly object[]])[] = [
  ["tck-message-response", [{ text: "Direct message response" }]],
  ["tck-artifact-text", [{ text: "Generated text content" }]],
  ["tck-artifact-file-url", [{ url: "https://example.com/output.txt", ...file }]],
  ["tck-artifact-file", [{ raw: Buffer.from("content").toString("base64"), ...file }]],
  ["tck-artifact-data", [{ data: { key: "value", count: 42 } }]],
  ["tck-stream-artifact-text", [{ text: "Streamed text content" }]],
  ["tck-stream-artifact-file", [{ raw: Buffer.from("content").toString("base64"), ...file }]],
  ["tck-stream-artifact-chunked", [{ text: "chunk-1 " }, { text: "chunk-2" }]],
  ["tck-stream-001", [{ text: "Stream hello from TCK" }]],
  ["tck-stream-003", [{ text: "Stream task lifecycle" }]],
  ["tck-stream-ordering-001", [{ text: "Ordered output" }]],
  ["", [{ text: "Hello from TCK" }]],
];

/** The kit waits twice its own timeout of two seconds. */
const LONG_MS = 4000;

export interface TckAgent {
  readonly url: string;
  readonly server: Server;
}

/** Starts the agent on a free port of this machine. */
export async function startTckAgent(): Promise<TckAgent> {
  const tasks = new Map<string, AgentTask>();
  const server = createServer((request, response) => {
    const send = (body: object): void =>
      void response.setHeader("content-type", "application/json").end(JSON.stringify(body));
    if (request.method === "GET") return send(cardOf(`http://${request.headers.host ?? ""}/`));
    void answer(tasks, request).then(send);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = z.object({ port: z.int() }).parse(server.address());
  return { url: `http://127.0.0.1:${port}`, server };
}

const cardOf = (url: string): object => ({
  name: "tck",
  description: "Does what the conformance kit expects.",
  version: "1.0.0",
  supportedInterfaces: [{ url, protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
  capabilities: {},
  defaultInputModes: ["application/json"],
  defaultOutputModes: ["application/json"],
  skills: [{ id: "tck", name: "TCK", description: "Does what the conformance kit expects.", tags: ["tck"] }],
});

async function answer(tasks: Map<string, AgentTask>, request: IncomingMessage): Promise<object> {
  const body: unknown = JSON.parse(Buffer.concat(await request.toArray()).toString());
  const { id, method, params } = Rpc.parse(body);
  const known = tasks.get(params.message?.taskId ?? params.id ?? "");
  const result = (value: object): object => ({ jsonrpc: "2.0", id, result: value });
  if (method === "GetTask" && known !== undefined) return result(known);
  if (method === "CancelTask" && known !== undefined)
    return result({ ...known, status: { state: "TASK_STATE_CANCELED" } });
  if (method !== "SendMessage" || params.message === undefined)
    return { jsonrpc: "2.0", id, error: { code: -32_601, message: "no such method" } };
  const task = await work(params.message, known);
  tasks.set(task.id, task);
  return result({ task });
}

async function work(
  { parts }: { parts: readonly { data?: unknown }[] },
  known: AgentTask | undefined,
): Promise<AgentTask> {
  const place = known ?? { id: randomUUID(), contextId: randomUUID() };
  const ended = (state: string, more: Partial<AgentTask> = {}): AgentTask => ({
    ...more,
    id: place.id,
    contextId: place.contextId,
    status: { state, ...more.status },
  });
  const asked = ended("TASK_STATE_INPUT_REQUIRED", {
    status: { state: "TASK_STATE_INPUT_REQUIRED", message: say("Say more.") },
  });
  // The kit goes on asking until it has sent enough for a history.
  if (known !== undefined)
    return JSON.stringify(parts).includes("history message") ? asked : completed(place, [{ text: "Hello from TCK" }]);
  const messageId = parts.flatMap(({ data }) => Work.safeParse(data).data?.input.message_id ?? [])[0] ?? "";
  if (messageId.startsWith("tck-input-required")) return asked;
  if (messageId.startsWith("tck-reject-task"))
    return ended("TASK_STATE_REJECTED", { status: { state: "TASK_STATE_REJECTED", message: say("rejected") } });
  if (messageId.startsWith("test-resubscribe-message-id")) await sleep(LONG_MS);
  return completed(place, PARTS.find(([prefix]) => messageId.startsWith(prefix))?.[1] ?? []);
}

const completed = ({ id, contextId }: Pick<AgentTask, "id" | "contextId">, parts: readonly object[]): AgentTask => ({
  id,
  contextId,
  status: { state: "TASK_STATE_COMPLETED" },
  artifacts: [{ artifactId: "result", parts }],
});
