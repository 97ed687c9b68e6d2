import type { DataStack } from "../stacks/data-stack.ts";
import { type MessagingStack, PRIORITIES } from "../stacks/messaging-stack.ts";

/** Where stores and queues are, as `createStores` reads it. */
export function storeEnvironment({
  data,
  messaging,
  agentPrivateHosts,
}: {
  data: DataStack;
  messaging: MessagingStack;
  agentPrivateHosts: string;
}): Record<string, string> {
  return {
    EXECUTIONS_TABLE: data.executions.tableName,
    AGENTS_TABLE: data.agents.tableName,
    CONTROL_TABLE: data.control.tableName,
    PAYLOAD_BUCKET: data.payloads.bucketName,
    TASK_QUEUE_URLS: taskQueueUrls(messaging),
    WATCH_QUEUE_URL: messaging.watch.queueUrl,
    SETTLE_QUEUE_URL: messaging.settle.queueUrl,
    AWAIT_QUEUE_URL: messaging.await.queueUrl,
    HOOK_QUEUE_URL: messaging.hooks.queueUrl,
    AGENT_PRIVATE_HOSTS: agentPrivateHosts,
    ...messaging.calls,
    ...messaging.admission,
  };
}

/** URLs of the priority queues as one JSON variable. */
export const taskQueueUrls = (messaging: MessagingStack): string =>
  `{${PRIORITIES.map((priority) => `"${priority}":"${messaging.tasks[priority].queueUrl}"`).join(",")}}`;
