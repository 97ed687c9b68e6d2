import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { SQSEvent } from "aws-lambda";
import { processMessages } from "../../shared/aws/sqs-batch.ts";
import { continuing, dispatchTask } from "../../shared/execution/dispatch/dispatch-task.ts";
import { createRuntime } from "../../shared/execution/runtime/create-runtime.ts";
import { TaskMessage } from "../../shared/execution/messages.ts";

const logger = new Logger({ serviceName: "dispatch-task" });
const runtime = createRuntime(logger);
const processBatch = processMessages(TaskMessage, (message) => dispatchTask(continuing(runtime), message), logger);

/** Priority queues: starts tasks on agents, at most ten messages at a time. */
export const handler = middy<SQSEvent>().use(injectLambdaContext(logger)).handler(processBatch);
