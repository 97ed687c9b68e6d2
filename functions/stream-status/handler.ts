import { Logger } from "@aws-lambda-powertools/logger";
import type { APIGatewayProxyEvent } from "aws-lambda";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { documentClient, s3Client } from "../../shared/aws/clients.ts";
import { GroupCommitter } from "../../shared/aws/group-commit.ts";
import { readEnv } from "../../shared/core/config.ts";
import { EXECUTION_LIMITS } from "../../shared/execution/limits.ts";
import { planReader } from "../../shared/execution/store/plan-store.ts";
import { durationReader } from "../../shared/execution/store/task-stats.ts";
import { Caller, requirePermission } from "../../shared/http/caller.ts";
import { internalError, problemOf, SECURITY_HEADERS } from "../../shared/http/problem.ts";
import { UnauthenticatedError } from "../../shared/http/request.ts";
import { readAsked } from "./read-request.ts";
import { streamEvents } from "./stream-events.ts";
import { streamStatus } from "./stream-status.ts";
import { streamTasks } from "./stream-tasks.ts";

const logger = new Logger({ serviceName: "stream-status" });
const env = readEnv({ EXECUTIONS_TABLE: z.string().min(1), PAYLOAD_BUCKET: z.string().min(1) });
const db = documentClient();
const executions = { db, table: env.EXECUTIONS_TABLE, committer: new GroupCommitter(db) };
const source = {
  executions,
  durations: durationReader(executions),
  plan: planReader({ s3: s3Client(), bucket: env.PAYLOAD_BUCKET }),
  now: () => new Date(),
};
const STREAMS = { status: streamStatus, events: streamEvents, tasks: streamTasks } as const;

/** `GET /api/v1/executions/{execution_id}/stream`: server-sent events over API Gateway's response streaming. */
export const handler = awslambda.streamifyResponse<APIGatewayProxyEvent>(async (event, stream) => {
  const open = (statusCode: number, headers: Record<string, string>) =>
    awslambda.HttpResponseStream.from(stream, { statusCode, headers: { ...SECURITY_HEADERS, ...headers } });
  let out: awslambda.HttpResponseStream | undefined;
  try {
    const { data: caller } = Caller.safeParse(event.requestContext.authorizer ?? {});
    if (caller === undefined) throw new UnauthenticatedError();
    requirePermission(caller, "execution:read");
    const { view, after } = readAsked(event);
    const execution = event.pathParameters?.["execution_id"] ?? "";
    const sink = {
      write: async (text: string): Promise<void> => {
        out ??= open(200, { "content-type": "text/event-stream" });
        if (!out.write(text)) await Promise.race([once(out, "drain"), once(out, "close")]);
      },
      isClosed: () => stream.destroyed || stream.writableEnded,
    };
    const until = Date.now() + EXECUTION_LIMITS.streamSeconds * 1000;
    const intervalMs = EXECUTION_LIMITS.streamIntervalMs;
    await STREAMS[view](source, sink, { tenant: caller.tenant, execution, after, intervalMs, until, sleep });
  } catch (error) {
    const known = problemOf(error);
    if (known === undefined) logger.error("stream failed", { tenant: event.requestContext.authorizer?.["tenant"], error });
    const result = known ?? internalError("the stream broke off; connect again");
    if (out === undefined) {
      out = open(result.statusCode, { "content-type": "application/problem+json" });
      out.write(result.body);
    }
  }
  (out ?? stream).end();
});
