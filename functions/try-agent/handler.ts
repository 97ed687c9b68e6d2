import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { createA2aClient } from "../../shared/a2a/a2a-client.ts";
import { endpointReader } from "../../shared/agents/calls/agent-endpoint.ts";
import { TrialOrder } from "../../shared/agents/views/trials.ts";
import { documentClient, secretsClient } from "../../shared/aws/clients.ts";
import { secretReader } from "../../shared/agents/store/secrets.ts";
import { ListVariable, readEnv } from "../../shared/core/config.ts";
import { tryAgent, type TryAgentDeps } from "./try-agent.ts";
import { maskLogged } from "../../shared/privacy/mask-logged.ts";

const logger = new Logger({ serviceName: "try-agent", jsonReplacerFn: maskLogged });
const env = readEnv({ AGENTS_TABLE: z.string().min(1), AGENT_PRIVATE_HOSTS: ListVariable });
const deps: TryAgentDeps = {
  agents: { db: documentClient(), table: env.AGENTS_TABLE },
  endpointOf: endpointReader(secretReader(secretsClient())),
  connect: (hear) =>
    createA2aClient({ allowedHosts: env.AGENT_PRIVATE_HOSTS, exchanges: { hear, now: Date.now } }),
  now: Date.now,
  sleep: (milliseconds) => sleep(milliseconds),
};

/** Called by the API without waiting: sends one message to an agent and keeps what comes of it. */
export const handler = middy<unknown, void>()
  .use(injectLambdaContext(logger))
  .handler((event) => tryAgent(deps, TrialOrder.parse(event)));
