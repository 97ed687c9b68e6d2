import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { documentClient, socketsClient } from "../../shared/aws/clients.ts";
import { GroupCommitter } from "../../shared/aws/group-commit.ts";
import { socketsOf } from "../../shared/aws/sockets.ts";
import { readEnv } from "../../shared/core/config.ts";
import { liveSocket } from "./live-socket.ts";
import { SocketEvent } from "./socket-event.ts";
import { maskLogged } from "../../shared/privacy/mask-logged.ts";

const logger = new Logger({ serviceName: "live-socket", jsonReplacerFn: maskLogged });
const env = readEnv({ EXECUTIONS_TABLE: z.string().min(1), CONTROL_TABLE: z.string().min(1), SOCKETS_URL: z.string().min(1) });
const db = documentClient();
const deps = {
  executions: { db, table: env.EXECUTIONS_TABLE, committer: new GroupCommitter(db) },
  store: { db, table: env.CONTROL_TABLE },
  sockets: socketsOf(socketsClient(env.SOCKETS_URL)),
  now: () => new Date(),
  sleep: (milliseconds: number) => sleep(milliseconds),
};

/** WebSocket connections (spec 004 §4.4): who opens one, who leaves, and what their messages ask. */
export const handler = middy<unknown, { statusCode: number }>()
  .use(injectLambdaContext(logger))
  .handler((event) => liveSocket({ ...deps, onDefect: (error) => logger.error("socket failed", { error }) }, SocketEvent.parse(event)));
