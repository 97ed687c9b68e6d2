import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { SQSEvent } from "aws-lambda";
import { processMessages } from "../../shared/aws/sqs-batch.ts";
import { createRuntime } from "../../shared/runtime/create-runtime.ts";
import { TaskMessage } from "../../shared/schemas/messages.ts";
import { LIMITS } from "../../shared/limits.ts";
import { continuing } from "./continue-run.ts";
import { dispatchTask } from "./dispatch-task.ts";

const logger = new Logger({ serviceName: "dispatch-task" });
const runtime = createRuntime(logger);
const start = (message: TaskMessage): Promise<void> =>
  dispatchTask(continuing(runtime, Date.now() + LIMITS.continueSeconds * 1000), message);
const processBatch = processMessages(TaskMessage, start, logger);

/** Priority queues: starts tasks on agents, at most ten messages at a time. */
export const handler = middy<SQSEvent>().use(injectLambdaContext(logger)).handler(processBatch);
