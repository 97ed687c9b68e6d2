import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import * as z from "zod";
import { createAgentDirectory } from "../../shared/agents/pool/agent-directory.ts";
import { listTenants } from "../../shared/agents/store/source-store.ts";
import { documentClient, sqsClient } from "../../shared/aws/clients.ts";
import { GroupCommitter } from "../../shared/aws/group-commit.ts";
import { ListVariable, readEnv } from "../../shared/core/config.ts";
import { TenantId } from "../../shared/core/ids.ts";
import { loadCrowd } from "../../shared/execution/store/admission-store.ts";
import { sqsDepth } from "../../shared/execution/store/queue-depth.ts";
import { notificationMail } from "../../shared/incidents/control/notification-mail.ts";
import { detectIncidents, type DetectDeps } from "./detect-incidents.ts";
import { type NamedQueue, readQueues, signReader } from "../../shared/incidents/store/sign-reader.ts";
import { maskLogged } from "../../shared/privacy/mask-logged.ts";

const logger = new Logger({ serviceName: "detect-incidents", jsonReplacerFn: maskLogged });

/** `<name>=<url>`, separated by commas. */
const Queues = ListVariable.transform((entries) =>
  entries.map((entry): NamedQueue => ({ name: entry.slice(0, entry.indexOf("=")), url: entry.slice(entry.indexOf("=") + 1) })),
);

const env = readEnv({
  CONTROL_TABLE: z.string().min(1),
  EXECUTIONS_TABLE: z.string().min(1),
  AGENTS_TABLE: z.string().min(1),
  NOTIFICATION_QUEUE_URL: z.string().min(1),
  OWNER_TENANT: TenantId,
  QUIET_SECONDS: z.coerce.number().int().positive(),
  WORK_QUEUES: Queues,
  DEAD_LETTER_QUEUES: Queues,
});
const [db, sqs] = [documentClient(), sqsClient()];
const agents = { db, table: env.AGENTS_TABLE };
const control = { db, table: env.CONTROL_TABLE };
const executions = { db, table: env.EXECUTIONS_TABLE, committer: new GroupCommitter(db) };
const now = (): Date => new Date();
const depth = sqsDepth(sqs);
const directory = createAgentDirectory(agents, now);
const deps: DetectDeps = {
  control,
  agents,
  directory,
  tell: notificationMail(sqs, env.NOTIFICATION_QUEUE_URL).send,
  tenants: () => listTenants(agents),
  waiting: async () => (await loadCrowd(executions)).waiting,
  signs: signReader(control, directory),
  system: () => readQueues(depth, { work: env.WORK_QUEUES, dead: env.DEAD_LETTER_QUEUES }),
  ownerTenant: env.OWNER_TENANT,
  quietSeconds: env.QUIET_SECONDS,
  now,
};

/** EventBridge Scheduler, every minute. */
export const handler = middy()
  .use(injectLambdaContext(logger))
  .handler(async () => {
    const { failed, ...done } = await detectIncidents(deps);
    if (done.opened + done.resolved + done.escalated + done.responded > 0) logger.info("incidents moved", done);
    for (const { tenant, error } of failed) logger.error("tenant cannot be looked at", { tenant, error });
  });
