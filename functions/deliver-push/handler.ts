import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import { ChangeMessageVisibilityCommand, SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import middy from "@middy/core";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import * as z from "zod";
import { createExchange } from "../../shared/a2a/http-exchange.ts";
import { documentClient, s3Client, sqsClient } from "../../shared/aws/clients.ts";
import { GroupCommitter } from "../../shared/aws/group-commit.ts";
import { chunksOf } from "../../shared/aws/chunks.ts";
import { ListVariable, readEnv } from "../../shared/core/config.ts";
import { StoreUnavailableError } from "../../shared/core/errors.ts";
import { AWS_QUOTAS } from "../../shared/core/limits.ts";
import { A2A_LIMITS } from "../../shared/a2a/limits.ts";
import { planReader } from "../../shared/execution/store/plan-store.ts";
import { Delivery, deliverPush, type DeliverPushDeps, isWorthAnotherTry, News, spreadNews } from "./deliver-push.ts";
import { maskLogged } from "../../shared/privacy/mask-logged.ts";

const logger = new Logger({ serviceName: "deliver-push", jsonReplacerFn: maskLogged });
const env = readEnv({
  EXECUTIONS_TABLE: z.string().min(1),
  PAYLOAD_BUCKET: z.string().min(1),
  DELIVERY_QUEUE_URL: z.string().min(1),
  AGENT_PRIVATE_HOSTS: ListVariable,
});
const [db, sqs] = [documentClient(), sqsClient()];
const payloads = { s3: s3Client(), bucket: env.PAYLOAD_BUCKET };
const QueueUrl = env.DELIVERY_QUEUE_URL;
const deps: DeliverPushDeps = {
  executions: { db, table: env.EXECUTIONS_TABLE, committer: new GroupCommitter(db) },
  payloads,
  plan: planReader(payloads),
  exchange: createExchange(),
  hosts: new Set(env.AGENT_PRIVATE_HOSTS),
  now: () => new Date(),
  enqueue: async (deliveries) => {
    for (const batch of chunksOf(deliveries, AWS_QUOTAS.sqs.batchEntries)) await sendBatch(batch);
  },
};

async function sendBatch(deliveries: readonly Delivery[]): Promise<void> {
  const Entries = deliveries.map((each, index) => ({
    Id: String(index),
    MessageBody: JSON.stringify(each),
    MessageGroupId: each.tenant,
  }));
  const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  if (Failed.length > 0) throw new StoreUnavailableError(`SQS did not take ${Failed.length} of ${Entries.length} deliveries`);
}

async function work({ body, messageId }: SQSRecord): Promise<void> {
  const message = z.union([Delivery, News]).parse(JSON.parse(body));
  await ("detail" in message ? spreadNews(deps, message) : deliverPush(deps, message, messageId));
}

/** A try that failed comes again later and later; after the last one the message goes to the dead letters. */
async function tryOne(record: SQSRecord): Promise<{ itemIdentifier: string }[]> {
  const { messageId, receiptHandle: ReceiptHandle, attributes } = record;
  try {
    await work(record);
    return [];
  } catch (error) {
    const tries = Number(attributes.ApproximateReceiveCount);
    logger.warn("push was not delivered", { tenant: attributes.MessageGroupId, messageId, receives: tries, error });
    if (!isWorthAnotherTry(error)) return [];
    const VisibilityTimeout = A2A_LIMITS.pushRetrySeconds[Math.min(tries, A2A_LIMITS.pushRetrySeconds.length) - 1] ?? 0;
    await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
    return [{ itemIdentifier: messageId }];
  }
}

/** News of executions, from the bus, and deliveries of them to receivers, through one queue. */
export const handler = middy<SQSEvent, SQSBatchResponse>()
  .use(injectLambdaContext(logger))
  .handler(async ({ Records }) => ({ batchItemFailures: (await Promise.all(Records.map(tryOne))).flat() }));
