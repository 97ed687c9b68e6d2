import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import * as z from "zod";
import { createA2aClient } from "../../shared/a2a/a2a-client.ts";
import { createAgentLister } from "../../shared/agents/onboarding/agent-listing.ts";
import { documentClient } from "../../shared/aws/clients.ts";
import { ListVariable, readEnv } from "../../shared/core/config.ts";
import { syncRegistries } from "./sync-registries.ts";
import { maskLogged } from "../../shared/privacy/mask-logged.ts";

const logger = new Logger({ serviceName: "sync-registries", jsonReplacerFn: maskLogged });
const env = readEnv({ AGENTS_TABLE: z.string().min(1), AGENT_PRIVATE_HOSTS: ListVariable });
const deps = {
  agents: { db: documentClient(), table: env.AGENTS_TABLE },
  a2a: createA2aClient({ allowedHosts: env.AGENT_PRIVATE_HOSTS }),
  listSource: createAgentLister(env.AGENT_PRIVATE_HOSTS),
  now: () => new Date(),
};

/** EventBridge Scheduler, every minute: asks the registries that are due. */
export const handler = middy()
  .use(injectLambdaContext(logger))
  .handler(async () => {
    for (const { tenant, registryId, result, error } of await syncRegistries(deps)) {
      if (error !== undefined) logger.error("registry cannot be synced", { tenant, registryId, error });
      else if (result?.ok === false)
        logger.warn("registry did not answer", { tenant, registryId, reason: result.error });
    }
  });
