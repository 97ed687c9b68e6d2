import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import * as z from "zod";
import { documentClient } from "../../shared/aws/clients.ts";
import { readEnv } from "../../shared/core/config.ts";
import { createAgentDirectory } from "../../shared/agents/pool/agent-directory.ts";
import { learnOutcomes, type LearnDeps, Outcome } from "./learn-outcomes.ts";
import { maskLogged } from "../../shared/privacy/mask-logged.ts";

const logger = new Logger({ serviceName: "learn-outcomes", jsonReplacerFn: maskLogged });
const env = readEnv({ AGENTS_TABLE: z.string().min(1) });
const agents = { db: documentClient(), table: env.AGENTS_TABLE };
const now = (): Date => new Date();
const deps: LearnDeps = { agents, directory: createAgentDirectory(agents, now), now };

const Envelope = z.object({ detail: Outcome });

/** What does not fit fails for ever and so ends in the dead-letter queue, where a person sees it. */
function readOutcome({ body }: SQSRecord): Outcome | undefined {
  return Envelope.safeParse(JSON.parse(body)).data?.detail;
}

/** Events of settled and failed attempts, through a queue: learnt together, and only those that failed come again. */
export const handler = middy<SQSEvent, SQSBatchResponse>()
  .use(injectLambdaContext(logger))
  .handler(async ({ Records }) => {
    const read = Records.map((record) => ({ record, outcome: readOutcome(record) }));
    const failed = await learnOutcomes(
      deps,
      read.flatMap(({ outcome }) => outcome ?? []),
    );
    for (const [{ tenant, agent_id: agent }, error] of failed)
      logger.error("outcome was not learnt", { tenant, agent, error });
    const again = read.filter(({ outcome }) => outcome === undefined || failed.has(outcome));
    return { batchItemFailures: again.map(({ record }) => ({ itemIdentifier: record.messageId })) };
  });
