import type { Logger } from "@aws-lambda-powertools/logger";
import { randomBytes } from "node:crypto";
import * as z from "zod";
import { agentReader, findAgent } from "../aws/agent-store.ts";
import { executionReader, settledTasks } from "../aws/caches.ts";
import { sfnClient } from "../aws/clients.ts";
import { RowReader } from "../aws/row-reader.ts";
import { stepFunctionsTokens } from "../aws/tokens.ts";
import { readEnv } from "../config.ts";
import { createStores } from "./create-stores.ts";
import type { Runtime } from "./runtime.ts";

/** Builds the runtime of a warm function from its environment. */
export function createRuntime(logger: Logger): Runtime {
  // Public base URL that agents push to; empty: agents are polled.
  const { PUSH_BASE_URL: pushBaseUrl } = readEnv({ PUSH_BASE_URL: z.string().default("") });
  const stores = createStores();
  const agents = agentReader(stores.agents);
  return {
    ...stores,
    rows: new RowReader(stores.db, stores.executions.table),
    next: async (messages) => {
      await Promise.all(messages.map((message) => stores.mail.task(message, 0)));
    },
    tokens: stepFunctionsTokens(sfnClient()),
    logger,
    execution: executionReader(stores.executions),
    agents,
    agent: async (tenant, id) => {
      if (id === undefined) return undefined;
      const listed = (await agents(tenant)).find(({ agent_id }) => agent_id === id);
      return listed ?? findAgent(stores.agents, tenant, id);
    },
    settled: settledTasks(),
    pushBaseUrl: pushBaseUrl === "" ? undefined : pushBaseUrl.replace(/\/$/, ""),
    now: () => new Date(),
    random: Math.random,
    newSecret: () => randomBytes(24).toString("base64url"),
  };
}
