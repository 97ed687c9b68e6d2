import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import { randomUUID } from "node:crypto";
import * as z from "zod";
import { createA2aClient } from "../../shared/a2a/a2a-client.ts";
import { documentClient, secretsClient } from "../../shared/aws/clients.ts";
import { secretReader } from "../../shared/agents/store/secrets.ts";
import { ListVariable, readEnv } from "../../shared/core/config.ts";
import { createAgentDirectory } from "../../shared/agents/pool/agent-directory.ts";
import { endpointReader } from "../../shared/agents/calls/agent-endpoint.ts";
import { checkAgents, type CheckDeps } from "./check-agents.ts";
import { maskLogged } from "../../shared/privacy/mask-logged.ts";

const logger = new Logger({ serviceName: "check-agents", jsonReplacerFn: maskLogged });
const env = readEnv({ AGENTS_TABLE: z.string().min(1), AGENT_PRIVATE_HOSTS: ListVariable });
const agents = { db: documentClient(), table: env.AGENTS_TABLE };
const now = (): Date => new Date();
const deps: CheckDeps = {
  agents,
  directory: createAgentDirectory(agents, now),
  a2a: createA2aClient({ allowedHosts: env.AGENT_PRIVATE_HOSTS }),
  endpoint: endpointReader(secretReader(secretsClient())),
  newId: randomUUID,
  now,
};

/** EventBridge Scheduler, every minute. */
export const handler = middy()
  .use(injectLambdaContext(logger))
  .handler(async () => {
    const { probed, changed, failed } = await checkAgents(deps);
    if (changed > 0) logger.info("agents changed their status", { probed, changed });
    for (const { agent, error } of failed) logger.error("agent cannot be judged", { ...agent, error });
  });
