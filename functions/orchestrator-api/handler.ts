import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import middy from "@middy/core";
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { eventBridgeClient, lambdaClient, linkSigner, sfnClient, sqsClient } from "../../shared/aws/clients.ts";
import { newId } from "../../shared/execution/run/create-submitter.ts";
import { createControl } from "../../shared/execution/control/create-control.ts";
import { hooksBefore } from "../../shared/execution/run/hooks-before.ts";
import { createStores } from "../../shared/execution/runtime/create-stores.ts";
import { createAgentDirectory } from "../../shared/agents/pool/agent-directory.ts";
import { createAgentLister } from "../../shared/agents/onboarding/agent-listing.ts";
import { ListVariable, readEnv } from "../../shared/core/config.ts";
import { announceToHooks } from "../../shared/hooks/delivery/announce.ts";
import { notificationMail } from "../../shared/incidents/control/notification-mail.ts";
import { deadLetterDesk } from "../../shared/incidents/store/dead-letter-store.ts";
import { TenantId } from "../../shared/core/ids.ts";
import { finishUpload } from "./ask-uploads.ts";
import { ROUTES } from "./route-table.ts";
import { createRouter } from "./router.ts";
import { maskLogged } from "../../shared/privacy/mask-logged.ts";

const logger = new Logger({ serviceName: "orchestrator-api", jsonReplacerFn: maskLogged });
const env = readEnv({
  PLAN_FUNCTION: z.string().min(1),
  TRY_FUNCTION: z.string().min(1),
  UPLOAD_FUNCTION: z.string().min(1),
  CONTROL_TABLE: z.string().min(1),
  BUS_NAME: z.string().min(1),
  OWNER_TENANT: TenantId,
  WEBSOCKET_URL: z.string().min(1),
  AGENT_PRIVATE_HOSTS: ListVariable,
  NOTIFICATION_QUEUE_URL: z.string().min(1),
  QUEUE_PREFIX: z.string().min(1),
  HOOK_FUNCTIONS: ListVariable,
  HOOK_COMMANDS: ListVariable,
});
const stores = createStores();
const [lambda, sqs] = [lambdaClient(), sqsClient()];
const { hooks, order } = stores.hookDesk;
const router = createRouter(
  {
    ...stores,
    before: hooksBefore(stores),
    directory: createAgentDirectory(stores.agents, () => new Date()),
    listSource: createAgentLister(env.AGENT_PRIVATE_HOSTS),
    definitions: { db: stores.db, table: env.CONTROL_TABLE },
    steering: createControl(stores),
    giveAnswer: (message) => stores.mail.awaitAnswer(message),
    sfn: sfnClient(),
    tryAgent: async (order) => {
      await lambda.send(new InvokeCommand({ FunctionName: env.TRY_FUNCTION, InvocationType: "Event", Payload: JSON.stringify(order) }));
    },
    uploads: { signer: linkSigner(), finish: (order) => finishUpload(lambda, env.UPLOAD_FUNCTION, order) },
    hooks: {
      functions: new Set(env.HOOK_FUNCTIONS),
      commands: new Set(env.HOOK_COMMANDS),
      hosts: new Set(env.AGENT_PRIVATE_HOSTS),
      order,
      announce: (events) => announceToHooks({ hooks, order }, events),
    },
    notifications: notificationMail(sqs, env.NOTIFICATION_QUEUE_URL).send,
    deadLetters: deadLetterDesk(sqs, env.QUEUE_PREFIX),
    sleep: (milliseconds) => sleep(milliseconds),
    lambda,
    bus: eventBridgeClient(),
    busName: env.BUS_NAME,
    ownerTenant: env.OWNER_TENANT,
    socketUrl: env.WEBSOCKET_URL,
    planFunction: env.PLAN_FUNCTION,
    logger,
    now: () => new Date(),
    random: Math.random,
    newId,
  },
  ROUTES,
);

/** REST API of workflows, executions and agents. */
export const handler = middy<APIGatewayProxyEvent, APIGatewayProxyResult>()
  .use(injectLambdaContext(logger))
  .handler(router);
