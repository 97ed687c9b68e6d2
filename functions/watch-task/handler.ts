import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { SQSEvent } from "aws-lambda";
import { processMessages } from "../../shared/aws/sqs-batch.ts";
import { continuing } from "../../shared/execution/dispatch/continue-run.ts";
import { createRuntime } from "../../shared/execution/runtime/create-runtime.ts";
import { WatchMessage } from "../../shared/execution/messages.ts";
import { watchTask } from "./watch-task.ts";

const logger = new Logger({ serviceName: "watch-task" });
const runtime = createRuntime(logger);
const processBatch = processMessages(WatchMessage, (message) => watchTask(continuing(runtime), message), logger);

/** Watch queue: polls agents that cannot push, ends attempts at their deadline. */
export const handler = middy<SQSEvent>().use(injectLambdaContext(logger)).handler(processBatch);
