/**
 * What every sample agent needs and no SDK brings: a process with options, HTTP, one effect per messageId, a log of
 * effects. An agent is a name, some skills and a protocol:
 *
 *     await startAgent({ name, description, skills: [{ id, run: (job) => result, … }] }, protocol10({ push: true }));
 *
 * Options: --port N (0 picks one), --data DIR, --latency-ms N (default: 150 to 600, so that there is progress to
 * watch), --parent-pid N (exit once that process has been gone for ten minutes).
 */
import { appendFileSync, mkdirSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

import * as z from "zod";

import { readBody, sendReply } from "./agent-http.ts";

export type Json = Record<string, unknown>;

/** One piece of work, as the orchestrator hands it over: the only data part of the message. */
export interface Job {
  readonly skill: string;
  readonly input: Json;
  /** Outputs of the tasks this one depends on, by task id. */
  readonly dependencies: Record<string, Json>;
  readonly messageId: string;
  readonly taskId: string;
  readonly contextId: string;
}

export interface Skill {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  /** Makes the result, one JSON object. Throwing fails the task; the message is its reason. */
  readonly run: (job: Job) => Json | Promise<Json>;
}

export interface SampleAgent {
  readonly name: string;
  readonly description: string;
  readonly skills: readonly Skill[];
}

/** An incoming message, whatever the protocol's generation calls its parts. */
export interface Incoming {
  readonly messageId: string;
  readonly taskId: string;
  readonly contextId: string;
  readonly data: readonly unknown[];
  readonly metadata: unknown;
}

/** One generation of the protocol, made of an SDK's server. */
export type Protocol = (agent: SampleAgent, host: AgentHost) => ProtocolServer;
export interface AgentHost {
  readonly url: string;
  /** Runs the job a message carries, once per messageId: repeats get the first run's result. */
  readonly run: (message: Incoming) => Promise<Json>;
}
export interface ProtocolServer {
  readonly cardPath: string;
  readonly card: object;
  readonly methods: { readonly send: string; readonly get: string };
  /** A reply, or the events of a stream. */
  readonly handle: (request: RpcRequest, version: string | undefined) => Promise<object | AsyncIterable<object>>;
}

/** Agents with this extension treat the same messageId twice as one task. */
export const IDEMPOTENT_MESSAGES = "https://a2a-orchestrator.dev/extensions/idempotent-messages/v1";
const ORPHAN_CHECK_MS = 30_000;
const ORPHAN_GRACE_MS = 600_000;

const JobBody = z.object({
  skill: z.string().optional(),
  input: z.record(z.string(), z.unknown()).default({}),
  dependencies: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
});
const Metadata = z.object({ skill: z.string().optional() }).catch({});
const RpcRequest = z.looseObject({
  id: z.union([z.string(), z.number(), z.null()]).default(null),
  method: z.string(),
  params: z.looseObject({ message: z.looseObject({ messageId: z.string() }).optional() }).default({}),
});
export type RpcRequest = z.infer<typeof RpcRequest>;
const TaskReply = z.object({
  result: z.union([
    z.object({ task: z.object({ id: z.string() }) }).transform(({ task }) => ({ id: task.id, wrap: true })),
    z.object({ kind: z.literal("task"), id: z.string() }).transform(({ id }) => ({ id, wrap: false })),
  ]),
});

/** Starts the agent's process: reads the options, listens, prints `{"ready":…}` on one line. */
export async function startAgent(agent: SampleAgent, protocol: Protocol): Promise<void> {
  const { port, data, latencyMs, parentPid } = readOptions();
  mkdirSync(data, { recursive: true });
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      console.error(error);
      if (response.headersSent) response.destroy();
      else response.writeHead(400).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : port}`;
  const run = createRunner(agent, { file: join(data, `${agent.name}.calls.jsonl`), latencyMs });
  const endpoint = protocol(agent, { url, run });
  const reply = oneTaskPerMessage(endpoint);
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== "POST") {
      if (request.url === endpoint.cardPath) return sendReply(response, endpoint.card);
      return void response.writeHead(404).end();
    }
    const rpc = RpcRequest.parse(JSON.parse(await readBody(request)));
    const version = request.headers["a2a-version"];
    await sendReply(response, await reply(rpc, typeof version === "string" ? version : undefined));
  };
  if (parentPid !== undefined) exitWhenOrphaned(parentPid);
  process.once("SIGTERM", () => process.exit(0));
  console.log(JSON.stringify({ ready: true, agent: agent.name, url }));
}

function readOptions(): { port: number; data: string; latencyMs: number | undefined; parentPid: number | undefined } {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ options: { port: text, data: text, "latency-ms": text, "parent-pid": text } });
  return {
    port: Number(values.port ?? 0),
    data: values.data ?? ".",
    latencyMs: values["latency-ms"] === undefined ? undefined : Number(values["latency-ms"]),
    parentPid: values["parent-pid"] === undefined ? undefined : Number(values["parent-pid"]),
  };
}

function createRunner(agent: SampleAgent, log: { file: string; latencyMs: number | undefined }): AgentHost["run"] {
  const results = new Map<string, Promise<Json>>();
  const work = async ({ data, metadata, ...ids }: Incoming): Promise<Json> => {
    const job = data.map((part) => JobBody.safeParse(part)).find(({ success }) => success)?.data;
    const wanted = Metadata.parse(metadata ?? {}).skill ?? job?.skill ?? agent.skills[0]?.id;
    const skill = agent.skills.find(({ id }) => id === wanted);
    if (skill === undefined) throw new Error(`${agent.name} has no skill ${wanted}`);
    appendFileSync(log.file, `${JSON.stringify({ ...ids, skill: skill.id, at: new Date().toISOString() })}\n`);
    await sleep(log.latencyMs ?? 150 + Math.random() * 450);
    return skill.run({ ...ids, skill: skill.id, input: job?.input ?? {}, dependencies: job?.dependencies ?? {} });
  };
  return (message) => {
    const result = results.get(message.messageId) ?? work(message);
    results.set(message.messageId, result);
    return result;
  };
}

/** The SDKs make a new task of a repeated message; we answer with the task the first one made, as it stands now. */
function oneTaskPerMessage({ handle, methods }: ProtocolServer): ProtocolServer["handle"] {
  const first = new Map<string, ReturnType<ProtocolServer["handle"]>>();
  return async (request, version) => {
    const messageId = request.params.message?.messageId;
    if (request.method !== methods.send || messageId === undefined) return handle(request, version);
    const earlier = first.get(messageId);
    if (earlier === undefined) {
      const reply = handle(request, version);
      first.set(messageId, reply);
      return reply;
    }
    const reply = TaskReply.safeParse(await earlier);
    if (!reply.success) return { ...(await earlier), id: request.id };
    const { id, wrap } = reply.data.result;
    const current = await handle({ ...request, method: methods.get, params: { id } }, version);
    return wrap && "result" in current ? { ...current, result: { task: current.result } } : current;
  };
}

/** What a failed task says to people. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Ends this process once its parent has been gone for ten minutes: long enough for a crashed parent to come back. */
export function exitWhenOrphaned(parentPid: number): void {
  let lastSeen = Date.now();
  setInterval(() => {
    try {
      process.kill(parentPid, 0);
      lastSeen = Date.now();
    } catch {
      if (Date.now() - lastSeen > ORPHAN_GRACE_MS) process.exit(0);
    }
  }, ORPHAN_CHECK_MS).unref();
}
