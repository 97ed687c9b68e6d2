import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { DynamoDBStreamEvent } from "aws-lambda";
import * as z from "zod";
import { documentClient } from "../../shared/aws/clients.ts";
import { GroupCommitter } from "../../shared/aws/group-commit.ts";
import { rememberedOrigins, rememberedStandings } from "../../shared/execution/store/projection-store.ts";
import { readStreamRow } from "../../shared/execution/store/stream-row.ts";
import { readEnv } from "../../shared/core/config.ts";
import { projectEvents } from "./project-events.ts";
import { maskLogged } from "../../shared/privacy/mask-logged.ts";

const logger = new Logger({ serviceName: "project-events", jsonReplacerFn: maskLogged });
const env = readEnv({ EXECUTIONS_TABLE: z.string().min(1) });
const db = documentClient();
const deps = {
  executions: { db, table: env.EXECUTIONS_TABLE, committer: new GroupCommitter(db) },
  standings: rememberedStandings(),
  origins: rememberedOrigins(),
};

/** Stream of the executions table, gathered for a second: a link of the log for each execution. A batch that fails comes again as a whole, which consumers tolerate. */
export const handler = middy<DynamoDBStreamEvent>()
  .use(injectLambdaContext(logger))
  .handler((event) => projectEvents(deps, event.Records.flatMap((record) => readStreamRow(record) ?? [])));
