import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { SQSEvent } from "aws-lambda";
import * as z from "zod";
import { sqsClient } from "../../shared/aws/clients.ts";
import { keepMessages } from "../../shared/aws/keep-messages.ts";
import { processMessages } from "../../shared/aws/sqs-batch.ts";
import { readEnv } from "../../shared/core/config.ts";
import { EXECUTION_LIMITS } from "../../shared/execution/limits.ts";
import { continuing } from "../../shared/execution/dispatch/dispatch-task.ts";
import { AwaitMessage } from "../../shared/execution/messages.ts";
import { createRuntime } from "../../shared/execution/runtime/create-runtime.ts";
import { awaitAgent } from "./await-agent.ts";
import { maskLogged } from "../../shared/privacy/mask-logged.ts";

const logger = new Logger({ serviceName: "await-agent", jsonReplacerFn: maskLogged });
const { AWAIT_QUEUE_URL: queueUrl } = readEnv({ AWAIT_QUEUE_URL: z.string().min(1) });
const runtime = createRuntime(logger);
const lease = { sqs: sqsClient(), queueUrl, seconds: EXECUTION_LIMITS.awaitLeaseSeconds, everySeconds: EXECUTION_LIMITS.awaitRenewalSeconds, logger };
const processBatch = processMessages(AwaitMessage, (message) => awaitAgent(continuing(runtime), message), logger);

/** Await queue: sends to agents that may answer only when they are done, and waits for their answers. */
export const handler = middy<SQSEvent>()
  .use(injectLambdaContext(logger))
  .handler((event, context) => keepMessages(lease, event, () => processBatch(event, context)));
