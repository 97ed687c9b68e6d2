import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import * as z from "zod";
import { documentClient } from "../../shared/aws/clients.ts";
import { GroupCommitter } from "../../shared/aws/group-commit.ts";
import { readEnv } from "../../shared/core/config.ts";
import { namedSeries } from "../../shared/analytics/store/aggregate-store.ts";
import { Ended, learnFromEnds } from "./learn-durations.ts";
import { maskLogged } from "../../shared/privacy/mask-logged.ts";

const logger = new Logger({ serviceName: "learn-durations", jsonReplacerFn: maskLogged });
const env = readEnv({ EXECUTIONS_TABLE: z.string().min(1), CONTROL_TABLE: z.string().min(1) });
const db = documentClient();
const deps = {
  executions: { db, table: env.EXECUTIONS_TABLE, committer: new GroupCommitter(db) },
  aggregates: { db, table: env.CONTROL_TABLE },
  known: namedSeries(),
};

const Envelope = z.object({ detail: Ended });

/** What does not fit fails for ever and so ends in the dead-letter queue, where a person sees it. */
const readEnd = ({ body }: SQSRecord): Ended | undefined => Envelope.safeParse(JSON.parse(body)).data?.detail;

/** Ends of executions, through a queue: learnt together, and only those that failed come again. */
export const handler = middy<SQSEvent, SQSBatchResponse>()
  .use(injectLambdaContext(logger))
  .handler(async ({ Records }) => {
    const read = Records.map((record) => ({ record, end: readEnd(record) }));
    const failed = await learnFromEnds(deps, read.flatMap(({ end }) => end ?? []));
    for (const [{ tenant, execution_id: execution }, error] of failed) {
      logger.error("execution was not learnt from", { tenant, execution, error });
    }
    const again = read.filter(({ end }) => end === undefined || failed.has(end));
    return { batchItemFailures: again.map(({ record }) => ({ itemIdentifier: record.messageId })) };
  });
