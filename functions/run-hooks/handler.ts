import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import middy from "@middy/core";
import type { SQSEvent } from "aws-lambda";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { createA2aClient } from "../../shared/a2a/a2a-client.ts";
import { createExchange } from "../../shared/a2a/http-exchange.ts";
import { a2aCalls } from "../../shared/agents/calls/a2a-calls.ts";
import { findAgent } from "../../shared/agents/store/agent-store.ts";
import { createAgentDirectory } from "../../shared/agents/pool/agent-directory.ts";
import { documentClient, lambdaClient, s3Client, secretsClient, sqsClient } from "../../shared/aws/clients.ts";
import { GroupCommitter } from "../../shared/aws/group-commit.ts";
import { keepMessages } from "../../shared/aws/keep-messages.ts";
import { secretReader } from "../../shared/agents/store/secrets.ts";
import { processMessages } from "../../shared/aws/sqs-batch.ts";
import { ListVariable, readEnv } from "../../shared/core/config.ts";
import type { TaskMessage } from "../../shared/execution/messages.ts";
import type { PayloadRef } from "../../shared/execution/payload.ts";
import { loadPayload } from "../../shared/execution/store/payload-store.ts";
import { notificationMail } from "../../shared/incidents/control/notification-mail.ts";
import { sqsMail } from "../../shared/execution/store/mail.ts";
import { hookMail } from "../../shared/hooks/delivery/hook-mail.ts";
import { HookOrder } from "../../shared/hooks/hook-order.ts";
import { HOOK_LIMITS } from "../../shared/hooks/limits.ts";
import { runHooks } from "./run-hooks.ts";

const logger = new Logger({ serviceName: "run-hooks" });
const env = readEnv({
  CONTROL_TABLE: z.string().min(1),
  EXECUTIONS_TABLE: z.string().min(1),
  AGENTS_TABLE: z.string().min(1),
  PAYLOAD_BUCKET: z.string().min(1),
  NOTIFICATION_QUEUE_URL: z.string().min(1),
  HOOK_QUEUE_URL: z.string().min(1),
  HOOK_FUNCTIONS: ListVariable,
  AGENT_PRIVATE_HOSTS: ListVariable,
});
const [db, sqs, lambda] = [documentClient(), sqsClient(), lambdaClient()];
const readSecret = secretReader(secretsClient());
const agents = { db, table: env.AGENTS_TABLE };
const payloads = { s3: s3Client(), bucket: env.PAYLOAD_BUCKET };
const now = (): Date => new Date();
const deps = {
  control: { db, table: env.CONTROL_TABLE },
  executions: { db, table: env.EXECUTIONS_TABLE, committer: new GroupCommitter(db) },
  exchange: createExchange(),
  hosts: new Set(env.AGENT_PRIVATE_HOSTS),
  readSecret,
  agent: (tenant: string, id: string) => findAgent(agents, tenant, id),
  calls: a2aCalls(createA2aClient({ allowedHosts: env.AGENT_PRIVATE_HOSTS }), readSecret),
  functions: new Set(env.HOOK_FUNCTIONS),
  invoke: async (FunctionName: string, payload: string) => {
    const { Payload, FunctionError } = await lambda.send(new InvokeCommand({ FunctionName, Payload: payload }));
    return { payload: Payload?.transformToString("utf-8") ?? "", failed: FunctionError !== undefined };
  },
  load: (ref: PayloadRef) => loadPayload(payloads, ref),
  agents,
  directory: createAgentDirectory(agents, now),
  notify: notificationMail(sqs, env.NOTIFICATION_QUEUE_URL).send,
  random: Math.random,
  sendTask: (message: TaskMessage) => sqsMail(sqs, {}).task(message, 0),
  later: hookMail(sqs, env.HOOK_QUEUE_URL).later,
  now,
  sleep: (milliseconds: number) => sleep(milliseconds),
};
const lease = { sqs, queueUrl: env.HOOK_QUEUE_URL, seconds: HOOK_LIMITS.messageLeaseSeconds, everySeconds: HOOK_LIMITS.messageRenewalSeconds, logger };

/** Queue of hooks: the hooks of one event each, run one after another. */
export const handler = middy<SQSEvent>()
  .use(injectLambdaContext(logger))
  .handler((event, context) => {
    const remainingMs = (): number => context.getRemainingTimeInMillis();
    const work = processMessages(HookOrder, (order) => runHooks({ ...deps, remainingMs }, order), logger);
    return keepMessages(lease, event, () => work(event, context));
  });
