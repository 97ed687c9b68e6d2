import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import * as z from "zod";
import { sqsClient } from "../../shared/aws/clients.ts";
import { processMessages } from "../../shared/aws/sqs-batch.ts";
import { readEnv } from "../../shared/core/config.ts";
import { createControl } from "../../shared/execution/control/create-control.ts";
import { submitDeps, workflowStarter } from "../../shared/execution/run/create-submitter.ts";
import { hooksBefore } from "../../shared/execution/run/hooks-before.ts";
import { createStores } from "../../shared/execution/runtime/create-stores.ts";
import { maskLogged } from "../../shared/privacy/mask-logged.ts";
import { LookMessage, lookSender } from "../../shared/workflow/store/schedule-mail.ts";
import { carryOut, type ScheduleDeps } from "./carry-out-schedule.ts";
import { sweepSchedules } from "./run-schedules.ts";

const logger = new Logger({ serviceName: "run-schedules", jsonReplacerFn: maskLogged });
const { SCHEDULE_QUEUE_URL: queue } = readEnv({ SCHEDULE_QUEUE_URL: z.string().min(1) });
const stores = createStores();
const deps: ScheduleDeps = {
  definitions: stores.control,
  steering: createControl(stores),
  start: workflowStarter(submitDeps(stores, hooksBefore(stores)), stores.control),
  now: () => new Date(),
};
const send = lookSender(sqsClient(), queue);

async function look(message: LookMessage): Promise<void> {
  for (const { outcome, ...run } of await carryOut(deps, message)) {
    if (outcome === "failed") logger.error("scheduled execution cannot start", { ...message, ...run });
    else logger.info(`scheduled execution ${outcome}`, { ...message, ...run });
  }
}

/** EventBridge Scheduler, every minute: asks for looks at what is due before the next one. Queue of schedules: the looks. */
export const handler = middy<Partial<SQSEvent> | undefined, SQSBatchResponse | undefined>()
  .use(injectLambdaContext(logger))
  .handler(async (event, context) => {
    if (event?.Records !== undefined) return processMessages(LookMessage, look, logger)({ Records: event.Records }, context);
    await sweepSchedules({ ...deps, send });
    return undefined;
  });
