import { InvokeCommand } from "@aws-sdk/client-lambda";
import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import * as z from "zod";
import { documentClient, lambdaClient, sfnClient } from "../../shared/aws/clients.ts";
import { GroupCommitter } from "../../shared/aws/group-commit.ts";
import { jsonVariable, readEnv } from "../../shared/config.ts";
import { QueueUrls } from "../../shared/schemas/messages.ts";
import { reconcileExecutions, type ReconcileDeps } from "./reconcile-executions.ts";

const logger = new Logger({ serviceName: "reconcile-executions" });
const env = readEnv({
  EXECUTIONS_TABLE: z.string().min(1),
  TASK_QUEUE_URLS: jsonVariable(QueueUrls),
  TRACK_FUNCTION: z.string().min(1),
});
const db = documentClient();
const lambda = lambdaClient();
const deps: ReconcileDeps = {
  executions: { db, table: env.EXECUTIONS_TABLE, committer: new GroupCommitter(db) },
  sfn: sfnClient(),
  queues: env.TASK_QUEUE_URLS,
  now: () => new Date(),
  report: async (detail) => {
    const Payload = JSON.stringify({ detail });
    await lambda.send(new InvokeCommand({ FunctionName: env.TRACK_FUNCTION, InvocationType: "Event", Payload }));
  },
};

/** EventBridge Scheduler, every minute. */
export const handler = middy()
  .use(injectLambdaContext(logger))
  .handler(async () => {
    const { failed, ...mended } = await reconcileExecutions(deps);
    if (mended.started + mended.stopped + mended.reported > 0) logger.warn("mended executions", mended);
    for (const { executionId, error } of failed) logger.error("execution cannot be mended", { executionId, error });
  });
