import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import * as z from "zod";
import { documentClient, s3Client, sfnClient } from "../../shared/aws/clients.ts";
import { readEnv } from "../../shared/core/config.ts";
import { maskLogged } from "../../shared/privacy/mask-logged.ts";
import { Runner } from "../../shared/workflow/definition/workflow-definition.ts";
import { type PlanReply, PlanRequest } from "../../shared/workflow/plan/planning.ts";
import { planDefinition } from "./plan-workflow.ts";

const logger = new Logger({ serviceName: "plan-workflow", jsonReplacerFn: maskLogged });
const env = readEnv({
  AGENTS_TABLE: z.string().min(1),
  CONTROL_TABLE: z.string().min(1),
  PAYLOAD_BUCKET: z.string().min(1),
  MACHINE_ROLE_ARN: z.string().startsWith("arn:"),
  MACHINE_LOG_GROUP_ARN: z.string().startsWith("arn:"),
  MACHINE_ARN_PREFIX: z.string().startsWith("arn:"),
  DEFAULT_RUNNER: Runner,
});
const db = documentClient();
const deps = {
  agents: { db, table: env.AGENTS_TABLE },
  definitions: { db, table: env.CONTROL_TABLE },
  payloads: { s3: s3Client(), bucket: env.PAYLOAD_BUCKET },
  machines: {
    sfn: sfnClient(),
    roleArn: env.MACHINE_ROLE_ARN,
    logGroupArn: env.MACHINE_LOG_GROUP_ARN,
    arnPrefix: env.MACHINE_ARN_PREFIX,
  },
  runner: env.DEFAULT_RUNNER,
  now: () => new Date(),
};

/** Invoked by the API: validates, plans, compiles and, unless asked only to check, deploys a definition. */
export const handler = middy<unknown, PlanReply>()
  .use(injectLambdaContext(logger))
  .handler((event) => planDefinition(deps, PlanRequest.parse(event)));
