import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { DynamoDBStreamEvent } from "aws-lambda";
import * as z from "zod";
import { documentClient, eventBridgeClient, sqsClient } from "../../shared/aws/clients.ts";
import { GroupCommitter } from "../../shared/aws/group-commit.ts";
import { readEnv } from "../../shared/core/config.ts";
import { hookMail } from "../../shared/hooks/delivery/hook-mail.ts";
import { hookReader } from "../../shared/hooks/store/hook-reader.ts";
import { rememberedOrigins } from "../../shared/execution/store/projection-store.ts";
import { readStreamRow } from "../../shared/execution/store/stream-row.ts";
import { liveMail } from "../../shared/execution/store/live-mail.ts";
import { rememberedListeners } from "../../shared/execution/store/subscription-store.ts";
import { pushTenants } from "../../shared/endpoint/store/push-config-store.ts";
import { publishEvents } from "./publish-events.ts";
import { maskLogged } from "../../shared/privacy/mask-logged.ts";

const logger = new Logger({ serviceName: "publish-events", jsonReplacerFn: maskLogged });
const env = readEnv({
  EXECUTIONS_TABLE: z.string().min(1),
  CONTROL_TABLE: z.string().min(1),
  BUS_NAME: z.string().min(1),
  HOOK_QUEUE_URL: z.string().min(1),
  LIVE_QUEUE_URL: z.string().min(1),
});
const db = documentClient();
const sqs = sqsClient();
const executions = { db, table: env.EXECUTIONS_TABLE, committer: new GroupCommitter(db) };
const deps = {
  executions,
  origins: rememberedOrigins(),
  bus: eventBridgeClient(),
  busName: env.BUS_NAME,
  hasCallers: pushTenants(executions),
  hasListeners: rememberedListeners({ db, table: env.CONTROL_TABLE }),
  tellListeners: liveMail(sqs, env.LIVE_QUEUE_URL),
  hooks: hookReader({ db, table: env.CONTROL_TABLE }),
  order: hookMail(sqs, env.HOOK_QUEUE_URL).order,
};

/** Stream of the executions table, as it comes: tasks wait for events. A batch that fails comes again as a whole. */
export const handler = middy<DynamoDBStreamEvent>()
  .use(injectLambdaContext(logger))
  .handler((event) => publishEvents(deps, event.Records.flatMap((record) => readStreamRow(record) ?? [])));
