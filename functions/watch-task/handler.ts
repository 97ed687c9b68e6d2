import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { SQSEvent } from "aws-lambda";
import * as z from "zod";
import { processMessages } from "../../shared/aws/sqs-batch.ts";
import { continuing } from "../../shared/execution/dispatch/dispatch-task.ts";
import { createRuntime } from "../../shared/execution/runtime/create-runtime.ts";
import { watchExecution } from "../../shared/execution/run/watch-execution.ts";
import { ExecutionWatch, WatchMessage } from "../../shared/execution/messages.ts";
import { watchTask } from "./watch-task.ts";
import { maskLogged } from "../../shared/privacy/mask-logged.ts";

const logger = new Logger({ serviceName: "watch-task", jsonReplacerFn: maskLogged });
const runtime = createRuntime(logger);
const processBatch = processMessages(
  z.union([WatchMessage, ExecutionWatch]),
  (message) => ("watched" in message ? watchExecution(runtime, message) : watchTask(continuing(runtime), message)),
  logger,
);

/** Watch queue: polls agents that cannot push, ends attempts and executions at their deadline. */
export const handler = middy<SQSEvent>().use(injectLambdaContext(logger)).handler(processBatch);
