import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { SQSEvent } from "aws-lambda";
import * as z from "zod";
import { processMessages } from "../../shared/aws/sqs-batch.ts";
import { continuing } from "../../shared/execution/dispatch/dispatch-task.ts";
import { createRuntime } from "../../shared/execution/runtime/create-runtime.ts";
import { SettleMessage } from "../../shared/execution/messages.ts";
import { settleTask } from "./settle-task.ts";
import { maskLogged } from "../../shared/privacy/mask-logged.ts";

const logger = new Logger({ serviceName: "settle-task", jsonReplacerFn: maskLogged });
const runtime = createRuntime(logger);
const settle = (message: SettleMessage): Promise<void> => settleTask(continuing(runtime), message);

/** What a call of this function comes back as, in the queue, when it failed. */
const Failed = z.object({ requestPayload: SettleMessage }).transform(({ requestPayload }) => requestPayload);
const processBatch = processMessages(z.union([SettleMessage, Failed]), settle, logger);

/** Follows up pushes that `receive-push` found genuine: called by it, or by the settle queue. */
export const handler = middy<SQSEvent | SettleMessage>()
  .use(injectLambdaContext(logger))
  .handler(async (event, context) => ("Records" in event ? processBatch(event, context) : settle(SettleMessage.parse(event))));
