import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import middy from "@middy/core";
import type { SQSEvent } from "aws-lambda";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { createExchange } from "../../shared/a2a/http-exchange.ts";
import { createAgentDirectory } from "../../shared/agents/pool/agent-directory.ts";
import { findAgent } from "../../shared/agents/store/agent-store.ts";
import { secretReader } from "../../shared/agents/store/secrets.ts";
import { lambdaClient, secretsClient, sfnClient, sqsClient } from "../../shared/aws/clients.ts";
import { keepMessages } from "../../shared/aws/keep-messages.ts";
import { processMessages } from "../../shared/aws/sqs-batch.ts";
import { ListVariable, readEnv } from "../../shared/core/config.ts";
import { admitWaiting } from "../../shared/execution/run/admit.ts";
import { startRun } from "../../shared/execution/run/start-run.ts";
import { createStores } from "../../shared/execution/runtime/create-stores.ts";
import { loadPayload, savePayload } from "../../shared/execution/store/payload-store.ts";
import { hookMail } from "../../shared/hooks/delivery/hook-mail.ts";
import { HookOrder } from "../../shared/hooks/hook-order.ts";
import { HOOK_LIMITS } from "../../shared/hooks/limits.ts";
import { notificationMail } from "../../shared/incidents/control/notification-mail.ts";
import { commandRunner } from "../../shared/hooks/delivery/command-runner.ts";
import { runHooks, type RunHooksDeps } from "./run-hooks.ts";
import { maskLogged } from "../../shared/privacy/mask-logged.ts";

const logger = new Logger({ serviceName: "run-hooks", jsonReplacerFn: maskLogged });
const Url = z.string().min(1);
const env = readEnv({ HOOK_QUEUE_URL: Url, NOTIFICATION_QUEUE_URL: Url, HOOK_FUNCTIONS: ListVariable, HOOK_COMMANDS: ListVariable, COMMAND_FUNCTION: z.string(), AGENT_PRIVATE_HOSTS: ListVariable });
const stores = createStores();
const [sqs, lambda, sfn] = [sqsClient(), lambdaClient(), sfnClient()];
const now = (): Date => new Date();
const { agents, payloads } = stores;
const deps: Omit<RunHooksDeps, "remainingMs"> = {
  ...stores,
  exchange: createExchange(),
  hosts: new Set(env.AGENT_PRIVATE_HOSTS),
  readSecret: secretReader(secretsClient()),
  agent: (tenant, id) => findAgent(agents, tenant, id),
  functions: new Set(env.HOOK_FUNCTIONS),
  invoke: async (FunctionName, payload) => {
    const { Payload, FunctionError } = await lambda.send(new InvokeCommand({ FunctionName, Payload: payload }));
    return { payload: Payload?.transformToString("utf-8") ?? "", failed: FunctionError !== undefined };
  },
  commands: new Set(env.HOOK_COMMANDS),
  runCommand: commandRunner(lambda, env.COMMAND_FUNCTION),
  load: (ref) => loadPayload(payloads, ref),
  keep: (name, value) => savePayload(payloads, name, value),
  directory: createAgentDirectory(agents, now),
  notify: notificationMail(sqs, env.NOTIFICATION_QUEUE_URL).send,
  random: Math.random,
  sendTask: (message) => stores.mail.task(message, 0),
  admit: () => admitWaiting({ ...stores, now, random: Math.random, startRun: (execution) => startRun({ ...stores, sfn }, execution) }),
  later: hookMail(sqs, env.HOOK_QUEUE_URL).later,
  now,
  sleep: (milliseconds) => sleep(milliseconds),
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
