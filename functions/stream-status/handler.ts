import { Logger } from "@aws-lambda-powertools/logger";
import type { APIGatewayProxyEvent } from "aws-lambda";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { documentClient, s3Client } from "../../shared/aws/clients.ts";
import { GroupCommitter } from "../../shared/aws/group-commit.ts";
import { readEnv } from "../../shared/core/config.ts";
import { EXECUTION_LIMITS } from "../../shared/execution/limits.ts";
import { planReader } from "../../shared/execution/store/plan-store.ts";
import { durationReader } from "../../shared/execution/store/task-stats.ts";
import { Caller, requirePermission } from "../../shared/http/caller.ts";
import { UnauthenticatedError } from "../../shared/http/request.ts";
import { streamPlaces, StreamPlacesVariables, takeStreamPlace } from "../../shared/http/stream-places.ts";
import { readAsked } from "./read-request.ts";
import { respond } from "./respond.ts";
import { streamEvents } from "./stream-events.ts";
import { streamStatus } from "./stream-status.ts";
import { streamTasks } from "./stream-tasks.ts";
import { maskLogged } from "../../shared/privacy/mask-logged.ts";

const logger = new Logger({ serviceName: "stream-status", jsonReplacerFn: maskLogged });
const env = readEnv({ EXECUTIONS_TABLE: z.string().min(1), PAYLOAD_BUCKET: z.string().min(1), ...StreamPlacesVariables });
const db = documentClient();
const now = (): Date => new Date();
const executions = { db, table: env.EXECUTIONS_TABLE, committer: new GroupCommitter(db) };
const plan = planReader({ s3: s3Client(), bucket: env.PAYLOAD_BUCKET });
const source = { executions, durations: durationReader(executions), plan, now };
const places = streamPlaces(env, { db, now, newId: randomUUID });
const STREAMS = { status: streamStatus, events: streamEvents, tasks: streamTasks } as const;

/** `GET /api/v1/executions/{execution_id}/stream`: server-sent events over API Gateway's response streaming. */
export const handler = awslambda.streamifyResponse<APIGatewayProxyEvent>((event, stream) =>
  respond(
    stream,
    async (sink) => {
      const { data: caller } = Caller.safeParse(event.requestContext.authorizer ?? {});
      if (caller === undefined) throw new UnauthenticatedError();
      requirePermission(caller, "execution:read");
      const { view, after } = readAsked(event);
      const execution = event.pathParameters?.["execution_id"] ?? "";
      const until = now().getTime() + EXECUTION_LIMITS.streamSeconds * 1000;
      const intervalMs = EXECUTION_LIMITS.streamIntervalMs;
      const leave = await takeStreamPlace(places, caller);
      try {
        await STREAMS[view](source, sink, { tenant: caller.tenant, execution, after, intervalMs, until, sleep });
      } finally {
        await leave();
      }
    },
    (error) => logger.error("stream failed", { tenant: event.requestContext.authorizer?.["tenant"], error }),
  ),
);
