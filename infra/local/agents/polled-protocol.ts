/** Serves an agent over A2A 0.2 or 0.3, whose servers differ in the path and in two fields of the card. */
import type { Message, TaskStatus } from "a2a-sdk-0.2";
import type { AgentExecutor } from "a2a-sdk-0.2/server";

import {
  IDEMPOTENT_MESSAGES,
  reasonOf,
  type AgentHost,
  type Protocol,
  type ProtocolServer,
  type SampleAgent,
} from "./agent-kit.ts";

/** What a version has of its own. */
export interface PolledVersion<CardFields> {
  readonly cardPath: string;
  readonly cardFields: CardFields;
  /** The version's SDK, with tasks kept in memory. */
  readonly open: (
    card: ReturnType<typeof cardOf> & CardFields,
    executor: AgentExecutor,
  ) => Pick<ProtocolServer, "handle">;
}

/** An agent with JSON-RPC at `/` and tasks to be polled. */
export const polledProtocol =
  <CardFields>({ cardPath, cardFields, open }: PolledVersion<CardFields>): Protocol =>
  (agent, host) => {
    const card = { ...cardOf(agent, host.url), ...cardFields };
    const methods = { send: "message/send", get: "tasks/get" };
    return { cardPath, card, methods, ...open(card, executorFor(host)) };
  };

function cardOf({ name, description, skills }: SampleAgent, url: string) {
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
