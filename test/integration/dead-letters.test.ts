import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { GetQueueUrlCommand, SendMessageCommand, SetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, it } from "vitest";
import * as z from "zod";
import { present } from "../../shared/core/present.ts";
import { DeadLetterList, DeadLetterQueueList } from "../../shared/incidents/views/dead-letters.ts";
import { StartedCloud } from "./support/started-cloud.ts";
import { WorkflowClient } from "./support/workflow-client.ts";

const cloud = new StartedCloud();
const client = new WorkflowClient(cloud);
const PATH = "/api/v1/dead-letters/bus-events-dead";
/** A row that no function can read: every event of the tenant fails at it. */
const ROW = { pk: { S: "T#default#TRIGGERS" }, sk: { S: "unreadable" } };
const Executions = z.object({ executions: z.array(z.looseObject({})) });

async function withAws<Result>(use: (clients: { sqs: SQSClient; db: DynamoDBClient }) => Promise<Result>): Promise<Result> {
  const config = { endpoint: cloud.connection().aws_endpoint, region: "eu-central-1", credentials: { accessKeyId: "x", secretAccessKey: "x" } };
  const clients = { sqs: new SQSClient(config), db: new DynamoDBClient(config) };
  try {
    return await use(clients);
  } finally {
    for (const each of Object.values(clients)) each.destroy();
  }
}

const waiting = async (): Promise<number> => {
  const { queues } = DeadLetterQueueList.parse((await cloud.call("GET", "/api/v1/dead-letters")).body);
  return present(queues.find(({ queue }) => queue === "bus-events-dead")).waiting;
};

beforeAll(async () => {
  cloud.start("--no-job", "--latency-ms", "0");
  await cloud.ready();
});
afterAll(() => cloud.dispose());

it("a message that fails five times is listed, dropped if it is poison, and handled after a redrive once its cause is gone", async () => {
  const trigger = { pattern: { source: ["shop"], "detail-type": ["order.paid"] } };
  await client.deploy("paid", [{ id: "ok", approval: { prompt: "Ship it?" } }], { triggers: [trigger] });
  await withAws(async ({ sqs, db }) => {
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: "a2a-dev-bus-events" }));
    // Five receives take five seconds instead of five minutes.
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: "1" } }));
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "no JSON" }));
    await db.send(new PutItemCommand({ TableName: "a2a-dev-control", Item: { ...ROW, workflow: { N: "1" } } }));
    expect((await cloud.call("POST", "/api/v1/events", { source: "shop", detail_type: "order.paid", detail: { order: 7 } })).status).toBe(202);
    await cloud.until(async () => ((await waiting()) === 2 ? true : undefined), "two dead letters");

    const { dead_letters: letters } = DeadLetterList.parse((await cloud.call("GET", PATH)).body);
    const poison = present(letters.find(({ reason }) => reason === "the body is not JSON"));
    const event = present(letters.find(({ body }) => body.includes("order.paid")));
    expect((await cloud.call("GET", `${PATH}/${event.message_id}`)).body).toMatchObject({ tenant: "default", body: expect.stringContaining('"order":7') });
    expect((await cloud.call("DELETE", `${PATH}/${poison.message_id}`)).status).toBe(204);
    expect(await waiting()).toBe(1);

    await db.send(new DeleteItemCommand({ TableName: "a2a-dev-control", Key: ROW }));
    expect((await cloud.call("POST", `${PATH}/redrive`, {})).body).toEqual({ queue: "bus-events-dead", source: "bus-events", redriven: 1 });
    const started = await cloud.until(async () => {
      const { executions } = Executions.parse((await cloud.call("GET", "/api/v1/executions?workflow_id=paid")).body);
      return executions.length > 0 ? executions : undefined;
    }, "the execution that the event starts");
    expect(started).toHaveLength(1);
    expect(await waiting()).toBe(0);
  });
});
