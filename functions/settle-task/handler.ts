import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { SQSEvent } from "aws-lambda";
import { processMessages } from "../../shared/aws/sqs-batch.ts";
import { continuing } from "../../shared/execution/dispatch/dispatch-task.ts";
import { createRuntime } from "../../shared/execution/runtime/create-runtime.ts";
import { SettleMessage } from "../../shared/execution/messages.ts";
import { settleTask } from "./settle-task.ts";

const logger = new Logger({ serviceName: "settle-task" });
const runtime = createRuntime(logger);
const processBatch = processMessages(SettleMessage, (message) => settleTask(continuing(runtime), message), logger);

/** Settle queue: follows up pushes that `receive-push` found genuine. */
export const handler = middy<SQSEvent>().use(injectLambdaContext(logger)).handler(processBatch);
