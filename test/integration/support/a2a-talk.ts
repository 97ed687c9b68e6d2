import { randomUUID } from "node:crypto";
import { SendMessageRequest, type StreamResponse, StreamResponse as StreamCodec, Task as TaskCodec } from "@a2a-js/sdk";
import type { Client } from "@a2a-js/sdk/client";
import * as z from "zod";
import { fetchAs } from "./a2a-callers.ts";
import type { StartedCloud } from "./started-cloud.ts";

/** A JSON object. */
export const Json = z.record(z.string(), z.unknown());

/** A task in wire form, as far as tests look at it. */
export const Task = z.object({
  id: z.string(),
  contextId: z.string(),
  status: z.object({ state: z.string(), message: z.object({ parts: z.array(Json) }).optional() }),
  artifacts: z.array(z.object({ artifactId: z.string(), parts: z.array(Json) })).optional(),
  history: z.array(z.object({ messageId: z.string(), role: z.string(), parts: z.array(Json) })).optional(),
});

/** A task of the SDK in wire form, whose fields are easier to read. */
export function wire(answer: Awaited<ReturnType<Client["sendMessage"]>>): z.infer<typeof Task> {
  if (!("status" in answer)) throw new Error("the answer is a message, no task");
  return Task.parse(TaskCodec.toJSON(answer));
}

/** What to say, to which workflow. */
export interface Wish {
  readonly skill?: string;
  readonly parts?: readonly object[];
  readonly message?: object;
  readonly configuration?: object;
}

/** A message with an id of its own. */
export const messageOf = ({ skill, parts = [{ text: "hello" }], message = {}, configuration }: Wish) =>
  SendMessageRequest.fromJSON({
    message: {
      messageId: randomUUID(),
      role: "ROLE_USER",
      parts,
      ...(skill === undefined ? {} : { metadata: { skill } }),
      ...message,
    },
    ...(configuration === undefined ? {} : { configuration }),
  });

/** Sends a message and waits for what the endpoint answers. */
export const send = async (client: Client, wish: Wish) => wire(await client.sendMessage(messageOf(wish)));

/** Reads a task. */
export const read = async (client: Client, id: string, historyLength?: number) =>
  wire(await client.getTask({ tenant: "", id, historyLength }));

/** A stream in wire form, read to its end. */
export async function collect(events: AsyncIterable<StreamResponse>): Promise<Record<string, unknown>[]> {
  const all: Record<string, unknown>[] = [];
  for await (const event of events) all.push(Json.parse(StreamCodec.toJSON(event)));
  return all;
}

const RpcReply = z.object({
  id: z.unknown(),
  result: z.unknown().optional(),
  error: z.object({ code: z.int(), message: z.string(), data: z.union([z.array(Json), Json]) }).optional(),
});

/** Sends JSON-RPC requests as their bytes travel. */
export const rpcOn =
  (cloud: Pick<StartedCloud, "connection">) =>
  async (method: string, params: object, headers: Record<string, string> = { "a2a-version": "1.0" }) => {
    const { url, token } = cloud.connection();
    const body = JSON.stringify({ jsonrpc: "2.0", id: 7, method, params });
    const reply = await fetchAs(token)(`${url}/a2a`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
    });
    const { id, result, error } = RpcReply.parse(await reply.json());
    return { id, result, error, status: reply.status };
  };
