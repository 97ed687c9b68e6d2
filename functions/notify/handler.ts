import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import middy from "@middy/core";
import type { SQSEvent } from "aws-lambda";
import * as z from "zod";
import { createExchange } from "../../shared/a2a/http-exchange.ts";
import { secretReader } from "../../shared/agents/store/secrets.ts";
import { documentClient, eventBridgeClient, secretsClient, sqsClient } from "../../shared/aws/clients.ts";
import { processMessages } from "../../shared/aws/sqs-batch.ts";
import { ListVariable, readEnv } from "../../shared/core/config.ts";
import { StoreUnavailableError } from "../../shared/core/errors.ts";
import { announceToHooks } from "../../shared/hooks/delivery/announce.ts";
import { hookMail } from "../../shared/hooks/delivery/hook-mail.ts";
import { envelopeOf, type HookEvent } from "../../shared/hooks/hook-event.ts";
import { hookReader } from "../../shared/hooks/store/hook-reader.ts";
import { notificationMail } from "../../shared/incidents/control/notification-mail.ts";
import { NotificationOrder } from "../../shared/incidents/messages.ts";
import { deliverNotice } from "./deliver-notice.ts";
import { type NotifyDeps, spread } from "./notify.ts";
import { maskLogged } from "../../shared/privacy/mask-logged.ts";

const logger = new Logger({ serviceName: "notify", jsonReplacerFn: maskLogged });
const env = readEnv({
  CONTROL_TABLE: z.string().min(1),
  BUS_NAME: z.string().min(1),
  NOTIFICATION_QUEUE_URL: z.string().min(1),
  HOOK_QUEUE_URL: z.string().min(1),
  AGENT_PRIVATE_HOSTS: ListVariable,
});
const [db, sqs, bus] = [documentClient(), sqsClient(), eventBridgeClient()];
const control = { db, table: env.CONTROL_TABLE };
const hooks = { hooks: hookReader(control), order: hookMail(sqs, env.HOOK_QUEUE_URL).order };

async function publish(event: HookEvent): Promise<void> {
  const { source: Source, "detail-type": DetailType, detail, time } = envelopeOf(event);
  const entry = { EventBusName: env.BUS_NAME, Source, DetailType, Time: new Date(time), Detail: JSON.stringify({ version: 1, ...detail }) };
  const { FailedEntryCount = 0 } = await bus.send(new PutEventsCommand({ Entries: [entry] }));
  if (FailedEntryCount > 0) throw new StoreUnavailableError("the bus did not take the event");
  await announceToHooks(hooks, [event]);
}

const deps: NotifyDeps = {
  control,
  ...notificationMail(sqs, env.NOTIFICATION_QUEUE_URL),
  publish,
  exchange: createExchange(),
  hosts: new Set(env.AGENT_PRIVATE_HOSTS),
  readSecret: secretReader(secretsClient()),
  now: () => new Date(),
};

const take = (order: NotificationOrder): Promise<void> => (order.kind === "tell" ? spread(deps, order) : deliverNotice(deps, order));

/** Queue of notifications: moves of incidents to be told, and notices to channels. */
export const handler = middy<SQSEvent>()
  .use(injectLambdaContext(logger))
  .handler((event, context) => processMessages(NotificationOrder, take, logger)(event, context));
