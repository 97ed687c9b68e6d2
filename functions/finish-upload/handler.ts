import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import * as z from "zod";
import { s3Client } from "../../shared/aws/clients.ts";
import { readEnv } from "../../shared/core/config.ts";
import { UploadOrder, type UploadOutcome } from "../../shared/execution/upload.ts";
import { finishUpload } from "./finish-upload.ts";
import { maskLogged } from "../../shared/privacy/mask-logged.ts";

const logger = new Logger({ serviceName: "finish-upload", jsonReplacerFn: maskLogged });
const env = readEnv({ PAYLOAD_BUCKET: z.string().min(1) });
const payloads = { s3: s3Client(), bucket: env.PAYLOAD_BUCKET };

/** Called by the API: joins the parts of an upload, and says whether it can be used. */
export const handler = middy<unknown, UploadOutcome>()
  .use(injectLambdaContext(logger))
  .handler((event) => finishUpload(payloads, UploadOrder.parse(event)));
