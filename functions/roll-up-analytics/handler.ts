import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import * as z from "zod";
import { documentClient } from "../../shared/aws/clients.ts";
import { readEnv } from "../../shared/core/config.ts";
import { rollUpAnalytics } from "./roll-up-analytics.ts";
import { maskLogged } from "../../shared/privacy/mask-logged.ts";

const logger = new Logger({ serviceName: "roll-up-analytics", jsonReplacerFn: maskLogged });
const env = readEnv({ CONTROL_TABLE: z.string().min(1) });
const store = { db: documentClient(), table: env.CONTROL_TABLE };

/** What an operator may say to have older hours made again; a schedule's event says nothing of it. */
const Asked = z.object({ at: z.iso.datetime({ offset: true }).optional() });

/** EventBridge Scheduler, every hour. */
export const handler = middy()
  .use(injectLambdaContext(logger))
  .handler(async (event) => {
    const { at } = Asked.parse(event ?? {});
    const windows = await rollUpAnalytics(store, at === undefined ? Date.now() : Date.parse(at));
    logger.info("windows rolled up", { windows });
  });
