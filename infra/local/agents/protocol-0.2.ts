/** Serves an agent over A2A 0.2 with @a2a-js/sdk 0.2.5. */
import type { AgentCard, Message, TaskStatus } from "a2a-sdk-0.2";
import {
  DefaultRequestHandler,
  InMemoryTaskStore,
  JsonRpcTransportHandler,
  type AgentExecutor,
} from "a2a-sdk-0.2/server";

import { IDEMPOTENT_MESSAGES, reasonOf, type AgentHost, type Protocol, type SampleAgent } from "./agent-kit.ts";

/** A 0.2 agent: card at `/.well-known/agent.json`, JSON-RPC at `/`, tasks to be polled. */
export const protocol02: Protocol = (agent, host) => {
  const card = cardOf(agent, host.url);
  const handler = new JsonRpcTransportHandler(
    new DefaultRequestHandler(card, new InMemoryTaskStore(), executorFor(host)),
  );
  return {
    cardPath: "/.well-known/agent.json",
    card,
    methods: { send: "message/send", get: "tasks/get" },
    handle: (request) => handler.handle(request),
  };
};

function cardOf({ name, description, skills }: SampleAgent, url: string): AgentCard {
  return {
    name,
    description,
    version: "1.0.0",
    url: `${url}/`,
    capabilities: {
      streaming: false,
      pushNotifications: false,
      extensions: [{ uri: IDEMPOTENT_MESSAGES, description: "The same messageId twice is one task." }],
    },
    defaultInputModes: ["application/json"],
    defaultOutputModes: ["application/json"],
    skills: skills.map(({ id, name, description, tags }) => ({ id, name, description, tags: [...tags] })),
  };
}

function executorFor(host: AgentHost): AgentExecutor {
  const canceled = new Set<string>();
  return {
    async execute({ userMessage, taskId, contextId }, bus) {
      const ids = { taskId, contextId };
      const end = (status: TaskStatus): void => {
        bus.publish({ kind: "status-update", ...ids, status, final: true });
        bus.finished();
      };
      bus.publish({ kind: "task", id: taskId, contextId, status: statusOf("working"), history: [userMessage] });
      try {
        const result = await host.run(readMessage(userMessage, ids));
        if (canceled.delete(taskId)) return;
        const parts = [{ kind: "data" as const, data: result }];
        bus.publish({
          kind: "artifact-update",
          ...ids,
          artifact: { artifactId: `${taskId}-result`, name: "result", parts },
        });
        end(statusOf("completed"));
      } catch (error) {
        if (!canceled.delete(taskId)) end(statusOf("failed", reasonOf(error)));
      }
    },
    async cancelTask(taskId, bus) {
      canceled.add(taskId);
      bus.publish({ kind: "status-update", taskId, contextId: "", status: statusOf("canceled"), final: true });
    },
  };
}

function readMessage(message: Message, ids: { taskId: string; contextId: string }): Parameters<AgentHost["run"]>[0] {
  const data = message.parts.flatMap((part) => (part.kind === "data" ? [part.data] : []));
  return { messageId: message.messageId, ...ids, data, metadata: message.metadata };
}

function statusOf(state: TaskStatus["state"], text?: string): TaskStatus {
  const timestamp = new Date().toISOString();
  if (text === undefined) return { state, timestamp };
  const message: Message = {
    kind: "message",
    role: "agent",
    messageId: crypto.randomUUID(),
    parts: [{ kind: "text", text }],
  };
  return { state, timestamp, message };
}
