import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { documentClient, socketsClient } from "../../shared/aws/clients.ts";
import { socketsOf } from "../../shared/aws/sockets.ts";
import { readEnv } from "../../shared/core/config.ts";
import { LiveBatch } from "../../shared/execution/live/live-batch.ts";
import { rememberedSubscriptions } from "../../shared/execution/store/subscription-store.ts";
import { pushLive } from "./push-live.ts";
import { maskLogged } from "../../shared/privacy/mask-logged.ts";

const logger = new Logger({ serviceName: "push-live", jsonReplacerFn: maskLogged });
const env = readEnv({ CONTROL_TABLE: z.string().min(1), SOCKETS_URL: z.string().min(1) });
const store = { db: documentClient(), table: env.CONTROL_TABLE };
const deps = {
  sockets: socketsOf(socketsClient(env.SOCKETS_URL)),
  store,
  subscriptions: rememberedSubscriptions(store),
  now: () => new Date(),
  sleep: (milliseconds: number) => sleep(milliseconds),
};

/** Events for WebSocket connections. After a failure the rest of the batch comes again: their order is kept. */
export const handler = middy<SQSEvent, SQSBatchResponse>()
  .use(injectLambdaContext(logger))
  .handler(async ({ Records }) => {
    for (const [index, { body }] of Records.entries()) {
      try {
        await pushLive(deps, LiveBatch.parse(JSON.parse(body)));
      } catch (error) {
        logger.error("events were not pushed", { error });
        return { batchItemFailures: Records.slice(index).map(({ messageId: itemIdentifier }) => ({ itemIdentifier })) };
      }
    }
    return { batchItemFailures: [] };
  });
