import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { SQSEvent } from "aws-lambda";
import { processMessages } from "../../shared/aws/sqs-batch.ts";
import { continuing, dispatchTask } from "../../shared/execution/dispatch/dispatch-task.ts";
import { turnPattern } from "../../shared/execution/pattern/turn-pattern.ts";
import { createRuntime } from "../../shared/execution/runtime/create-runtime.ts";
import type { Runtime } from "../../shared/execution/runtime/runtime.ts";
import { TaskMessage } from "../../shared/execution/messages.ts";
import { maskLogged } from "../../shared/privacy/mask-logged.ts";

const logger = new Logger({ serviceName: "dispatch-task", jsonReplacerFn: maskLogged });
const runtime: Runtime = { ...createRuntime(logger), turnPattern: (attempt) => turnPattern(runtime, attempt) };
const processBatch = processMessages(TaskMessage, (message) => dispatchTask(continuing(runtime), message), logger);

/** Priority queues: starts tasks on agents, at most ten messages at a time. */
export const handler = middy<SQSEvent>().use(injectLambdaContext(logger)).handler(processBatch);
