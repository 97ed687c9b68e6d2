import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { CloudFormationCustomResourceEvent } from "aws-lambda";
import * as z from "zod";
import { documentClient, s3Client } from "../../shared/aws/clients.ts";
import { sendCustomResourceReply } from "../../shared/aws/custom-resource.ts";
import { readEnv } from "../../shared/core/config.ts";
import { deployDefinitions, DeployProperties } from "./deploy-definitions.ts";
import { maskLogged } from "../../shared/privacy/mask-logged.ts";

const logger = new Logger({ serviceName: "deploy-definitions", jsonReplacerFn: maskLogged });
const env = readEnv({ CONTROL_TABLE: z.string().min(1), PAYLOAD_BUCKET: z.string().min(1) });
const deps = {
  definitions: { db: documentClient(), table: env.CONTROL_TABLE },
  payloads: { s3: s3Client(), bucket: env.PAYLOAD_BUCKET },
  folder: new URL("plans", import.meta.url).pathname,
  now: () => new Date(),
};

/** CloudFormation custom resource. Deletion leaves the records: runs may still refer to them. */
export const handler = middy<CloudFormationCustomResourceEvent>()
  .use(injectLambdaContext(logger))
  .handler(async (event) => {
    try {
      if (event.RequestType !== "Delete") await deployDefinitions(deps, DeployProperties.parse(event.ResourceProperties));
      await sendCustomResourceReply(event, { Status: "SUCCESS" });
    } catch (error) {
      logger.error("deployment of definitions failed", { error });
      const reason = error instanceof Error ? error.message : String(error);
      await sendCustomResourceReply(event, { Status: "FAILED", Reason: reason });
    }
  });
