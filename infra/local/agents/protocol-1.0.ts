/** Serves an agent over A2A 1.0 with @a2a-js/sdk 1.3. */
import { setTimeout as sleep } from "node:timers/promises";

import { AgentCard, Message, StreamResponse, Task, TaskArtifactUpdateEvent, TaskStatusUpdateEvent } from "@a2a-js/sdk";
import {
  AgentEvent,
  DefaultRequestHandler,
  InMemoryPushNotificationStore,
  InMemoryTaskStore,
  JsonRpcTransportHandler,
  ServerCallContext,
  validateVersion,
  type AgentExecutor,
  type PushNotificationSender,
  type PushNotificationStore,
} from "@a2a-js/sdk/server";

import { IDEMPOTENT_MESSAGES, reasonOf, type AgentHost, type Protocol, type SampleAgent } from "./agent-kit.ts";

export interface Features {
  readonly push?: boolean;
  readonly streaming?: boolean;
  /** Answers with a message instead of a task: for work so short that nobody needs to watch it. */
  readonly answersDirectly?: boolean;
}

const PUSH_ATTEMPTS = 4;
const PUSH_RETRY_MS = 250;
const PUSH_TIMEOUT_MS = 5000;

/** A 1.0 agent: card at `/.well-known/agent-card.json`, JSON-RPC at `/`. */
export function protocol10(features: Features): Protocol {
  return (agent, host) => {
    const card = cardOf(agent, host.url, features);
    const pushStore = new InMemoryPushNotificationStore();
    const executor = features.answersDirectly === true ? directExecutor(host) : taskExecutor(host);
    const handler = new JsonRpcTransportHandler(
      new DefaultRequestHandler(
        card,
        new InMemoryTaskStore(),
        executor,
        undefined,
        pushStore,
        retryingSender(pushStore),
      ),
    );
    return {
      cardPath: "/.well-known/agent-card.json",
      card: Object(AgentCard.toJSON(card)),
      methods: { send: "SendMessage", get: "GetTask" },
      async handle(request, version) {
        const context = new ServerCallContext(version === undefined ? {} : { requestedVersion: version });
        try {
          validateVersion(context.requestedVersion, card, "JSONRPC");
        } catch (error) {
          return { jsonrpc: "2.0", id: request.id, error: JsonRpcTransportHandler.mapToJSONRPCError(error) };
        }
        const reply = await handler.handle(request, context);
        return Symbol.asyncIterator in reply ? endWithError(reply, request.id) : reply;
      },
    };
  };
}

/** The SDK's streams throw what they cannot do; on the wire that is a last event. */
async function* endWithError(events: AsyncIterable<object>, id: unknown): AsyncIterable<object> {
  try {
    yield* events;
  } catch (error) {
    yield { jsonrpc: "2.0", id, error: JsonRpcTransportHandler.mapToJSONRPCError(error) };
  }
}

function cardOf({ name, description, skills }: SampleAgent, url: string, features: Features): AgentCard {
  return AgentCard.fromJSON({
    name,
    description,
    version: "1.0.0",
    supportedInterfaces: [{ url: `${url}/`, protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
    capabilities: {
      streaming: features.streaming ?? false,
      pushNotifications: features.push ?? false,
      extensions: [{ uri: IDEMPOTENT_MESSAGES, description: "The same messageId twice is one task." }],
    },
    defaultInputModes: ["application/json"],
    defaultOutputModes: ["application/json"],
    skills: skills.map(({ id, name, description, tags }) => ({ id, name, description, tags })),
  });
}

/** Reports a task: working at once, then its artifact, then its end. */
function taskExecutor(host: AgentHost): AgentExecutor {
  const canceled = new Set<string>();
  return {
    async execute({ userMessage, taskId, contextId }, bus) {
      const ids = { taskId, contextId };
      const working = { id: taskId, contextId, status: statusOf("WORKING"), history: [Message.toJSON(userMessage)] };
      bus.publish(AgentEvent.task(Task.fromJSON(working)));
      const end = (status: object): void =>
        bus.publish(AgentEvent.statusUpdate(TaskStatusUpdateEvent.fromJSON({ ...ids, status })));
      try {
        const result = await host.run(readMessage(userMessage, ids));
        if (canceled.delete(taskId)) return;
        const artifact = { artifactId: `${taskId}-result`, name: "result", parts: [{ data: result }] };
        bus.publish(AgentEvent.artifactUpdate(TaskArtifactUpdateEvent.fromJSON({ ...ids, artifact, lastChunk: true })));
        end(statusOf("COMPLETED"));
      } catch (error) {
        if (!canceled.delete(taskId)) end(statusOf("FAILED", messageOf(ids, { text: reasonOf(error) })));
      }
    },
    async cancelTask(taskId, bus) {
      canceled.add(taskId);
      bus.publish(AgentEvent.statusUpdate(TaskStatusUpdateEvent.fromJSON({ taskId, status: statusOf("CANCELED") })));
    },
  };
}

/** Answers with one message. An error becomes a failed task: the SDK sees to it. */
function directExecutor(host: AgentHost): AgentExecutor {
  return {
    async execute({ userMessage, taskId, contextId }, bus) {
      const result = await host.run(readMessage(userMessage, { taskId, contextId }));
      bus.publish(AgentEvent.message(Message.fromJSON(messageOf({ contextId }, { data: result }))));
    },
    async cancelTask() {},
  };
}

function readMessage(message: Message, ids: { taskId: string; contextId: string }): Parameters<AgentHost["run"]>[0] {
  const data = message.parts.flatMap(({ content }) => (content?.$case === "data" ? [content.value] : []));
  return { messageId: message.messageId, ...ids, data, metadata: message.metadata };
}

function statusOf(state: string, message?: object): object {
  return { state: `TASK_STATE_${state}`, message, timestamp: new Date().toISOString() };
}

function messageOf(ids: object, part: object): object {
  return { ...ids, messageId: crypto.randomUUID(), role: "ROLE_AGENT", parts: [part] };
}

/**
 * Reports a task's end or question to those who asked for it, again until it is taken.
 *
 * The SDK's own sender tries once and puts the secret in one header of two; receivers look in either.
 */
function retryingSender(store: PushNotificationStore): PushNotificationSender {
  return {
    async send(event, context) {
      const { payload } = event;
      if (payload?.$case !== "statusUpdate") return;
      const body = JSON.stringify(StreamResponse.toJSON(event));
      for (const { url, token } of await store.load(payload.value.taskId, context)) void deliver(url, token, body);
    },
  };
}

async function deliver(url: string, token: string, body: string): Promise<void> {
  const headers = {
    "content-type": "application/a2a+json",
    "x-a2a-notification-token": token,
    authorization: `Bearer ${token}`,
  };
  for (let attempt = 0; attempt < PUSH_ATTEMPTS; attempt += 1) {
    const signal = AbortSignal.timeout(PUSH_TIMEOUT_MS);
    const taken = await fetch(url, { method: "POST", headers, body, signal }).then(
      ({ status }) => status < 500 && status !== 429,
      () => false,
    );
    if (taken) return;
    await sleep(PUSH_RETRY_MS * 2 ** attempt);
  }
}
