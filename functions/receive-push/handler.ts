import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import * as z from "zod";
import { documentClient, lambdaClient, sqsClient } from "../../shared/aws/clients.ts";
import { GroupCommitter } from "../../shared/aws/group-commit.ts";
import { sqsMail } from "../../shared/execution/store/mail.ts";
import { readEnv } from "../../shared/core/config.ts";
import { problem, problemOf, reply } from "../../shared/http/problem.ts";
import { handOver } from "./hand-over.ts";
import { receivePush, type ReceivePushDeps } from "./receive-push.ts";
import { maskLogged } from "../../shared/privacy/mask-logged.ts";

const logger = new Logger({ serviceName: "receive-push", jsonReplacerFn: maskLogged });
const env = readEnv({ EXECUTIONS_TABLE: z.string().min(1), SETTLE_QUEUE_URL: z.string().min(1), SETTLE_FUNCTION: z.string().min(1) });
const db = documentClient();
const mail = sqsMail(sqsClient(), { settle: env.SETTLE_QUEUE_URL });
const deps: ReceivePushDeps = {
  executions: { db, table: env.EXECUTIONS_TABLE, committer: new GroupCommitter(db) },
  settle: handOver({
    lambda: lambdaClient(),
    settleFunction: env.SETTLE_FUNCTION,
    queue: (message) => mail.settle(message),
    logger,
  }),
};

/** `POST /push/{dispatch}`: agents report here. No token of ours: the attempt's secret is the proof. */
export const handler = middy<APIGatewayProxyEvent, APIGatewayProxyResult>()
  .use(injectLambdaContext(logger))
  .handler(async ({ pathParameters, headers, body, isBase64Encoded }) => {
    try {
      const segment = pathParameters?.["dispatch"] ?? "";
      const text = Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8").toString("utf8");
      const verdict = await receivePush(deps, { segment, secrets: secretsIn(headers), body: text });
      if (verdict === "accepted") return reply(202, { accepted: true });
      const detail = "show the token of the push configuration this attempt was sent with";
      return problem(401, { code: "PushRefused", title: "push refused", detail });
    } catch (error) {
      const known = problemOf(error);
      if (known === undefined) throw error;
      return known;
    }
  });

/** Agents send the token in one of two headers, depending on their SDK (notes/a2a.md). */
function secretsIn(headers: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (name.toLowerCase() === "x-a2a-notification-token") return [value];
    const bearer = name.toLowerCase() === "authorization" ? /^Bearer\s+(\S+)$/i.exec(value)?.[1] : undefined;
    return bearer === undefined ? [] : [bearer];
  });
}
