/** A client on @a2a-js/sdk 0.3. */
import { randomUUID } from "node:crypto";
import type { MessageSendParams } from "a2a-sdk-0.3";
import {
  ClientFactory,
  ClientFactoryOptions,
  createAuthenticatingFetchWithRetry,
  DefaultAgentCardResolver,
  JsonRpcTransportFactory,
} from "a2a-sdk-0.3/client";
import { authentication, serve, told, URL, type Wish } from "./talk.ts";

const fetchImpl = createAuthenticatingFetchWithRetry(fetch, authentication);
const options = ClientFactoryOptions.createFrom(ClientFactoryOptions.default, {
  transports: [new JsonRpcTransportFactory({ fetchImpl })],
});
const card = await new DefaultAgentCardResolver().resolve(URL);
const client = await new ClientFactory(options).createFromAgentCard(card);

const pushOf = ({ push: { id, url, token } = { url: "", token: "" } }: Wish) => ({
  url,
  token,
  ...(id === undefined ? {} : { id }),
});

function paramsOf(wish: Wish): MessageSendParams {
  const { text, data, skill, task, context, immediately = false, push } = wish;
  return {
    message: {
      kind: "message",
      messageId: randomUUID(),
      role: "user",
      parts: [text === undefined ? { kind: "data", data: data ?? {} } : { kind: "text", text }],
      ...(task === "" ? {} : { taskId: task }),
      ...(context === undefined ? {} : { contextId: context }),
      ...(skill === undefined ? {} : { metadata: { skill } }),
    },
    configuration: { blocking: !immediately, ...(push === undefined ? {} : { pushNotificationConfig: pushOf(wish) }) },
  };
}

await serve({
  card: told(() => Promise.resolve(card)),
  "extended card": told(() => client.getAgentCard()),
  send: told((wish) => client.sendMessage(paramsOf(wish))),
  stream: (wish) => client.sendMessageStream(paramsOf(wish)),
  subscribe: ({ task }) => client.resubscribeTask({ id: task }),
  get: told(({ task, history }) =>
    client.getTask({ id: task, ...(history === undefined ? {} : { historyLength: history }) }),
  ),
  cancel: told(({ task }) => client.cancelTask({ id: task })),
  "set push": told((wish) =>
    client.setTaskPushNotificationConfig({ taskId: wish.task, pushNotificationConfig: pushOf(wish) }),
  ),
  "get push": told(({ task }) => client.getTaskPushNotificationConfig({ id: task })),
  "list push": told(async ({ task }) => ({ configs: await client.listTaskPushNotificationConfig({ id: task }) })),
  "delete push": told(({ task, config }) =>
    client.deleteTaskPushNotificationConfig({ id: task, pushNotificationConfigId: config }),
  ),
});
