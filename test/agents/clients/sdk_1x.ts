/** A client on @a2a-js/sdk 1.x. */
import { randomUUID } from "node:crypto";
import {
  AgentCard,
  ListTasksResponse,
  type Message,
  SendMessageRequest,
  StreamResponse,
  Task,
  TaskPushNotificationConfig,
} from "@a2a-js/sdk";
import {
  ClientFactory,
  ClientFactoryOptions,
  createAuthenticatingFetchWithRetry,
  DefaultAgentCardResolver,
  JsonRpcTransportFactory,
} from "@a2a-js/sdk/client";
import { authentication, serve, told, URL, type Wish } from "./talk.ts";

const fetchImpl = createAuthenticatingFetchWithRetry(fetch, authentication);
const options = ClientFactoryOptions.createFrom(ClientFactoryOptions.default, {
  transports: [new JsonRpcTransportFactory({ fetchImpl })],
});
const card = await new DefaultAgentCardResolver().resolve(URL);
const client = await new ClientFactory(options).createFromAgentCard(card);

const pushOf = ({ task, push }: Wish) => TaskPushNotificationConfig.fromJSON({ taskId: task, ...push });

const requestOf = ({ text, data, skill, task, context, immediately, push }: Wish) =>
  SendMessageRequest.fromJSON({
    message: {
      messageId: randomUUID(),
      role: "ROLE_USER",
      parts: [text === undefined ? { data } : { text }],
      taskId: task,
      contextId: context,
      metadata: skill === undefined ? {} : { skill },
    },
    configuration: { returnImmediately: immediately, taskPushNotificationConfig: push },
  });

const shown = (answer: Message | Task): unknown =>
  "status" in answer ? { task: Task.toJSON(answer) } : { message: answer };

async function* shownAll(events: AsyncIterable<StreamResponse>): AsyncGenerator<unknown, void, undefined> {
  for await (const event of events) yield StreamResponse.toJSON(event);
}

const place = ({ task, config }: Wish) => ({ tenant: "", taskId: task, id: config });

await serve({
  card: told(() => Promise.resolve(AgentCard.toJSON(card))),
  "extended card": told(async () => AgentCard.toJSON(await client.getAgentCard())),
  send: told(async (wish) => shown(await client.sendMessage(requestOf(wish)))),
  stream: (wish) => shownAll(client.sendMessageStream(requestOf(wish))),
  subscribe: ({ task }) => shownAll(client.resubscribeTask({ tenant: "", id: task })),
  get: told(async ({ task, history }) =>
    Task.toJSON(await client.getTask({ tenant: "", id: task, historyLength: history })),
  ),
  list: told(async ({ context = "" }) => {
    const asked = {
      tenant: "",
      contextId: context,
      status: 0,
      pageSize: undefined,
      pageToken: "",
      includeArtifacts: false,
    };
    return ListTasksResponse.toJSON(
      await client.listTasks({ ...asked, historyLength: undefined, statusTimestampAfter: undefined }),
    );
  }),
  cancel: told(async ({ task }) => Task.toJSON(await client.cancelTask({ tenant: "", id: task, metadata: {} }))),
  "set push": told(async (wish) =>
    TaskPushNotificationConfig.toJSON(await client.createTaskPushNotificationConfig(pushOf(wish))),
  ),
  "get push": told(async (wish) =>
    TaskPushNotificationConfig.toJSON(await client.getTaskPushNotificationConfig(place(wish))),
  ),
  "list push": told(({ task }) =>
    client.listTaskPushNotificationConfig({ tenant: "", taskId: task, pageSize: 0, pageToken: "" }),
  ),
  "delete push": told((wish) => client.deleteTaskPushNotificationConfig(place(wish))),
});
