import type { Logger } from "@aws-lambda-powertools/logger";
import { randomBytes } from "node:crypto";
import * as z from "zod";
import { executionHeads, itemLists, payloadReader, settledTasks } from "../store/caches.ts";
import { sfnClient } from "../../aws/clients.ts";
import { heardIndexes, hookReader } from "../../hooks/store/hook-reader.ts";
import { holdReader } from "../store/hold-store.ts";
import { RowReader } from "../../aws/row-reader.ts";
import { stepFunctionsTokens } from "../store/tokens.ts";
import { readEnv } from "../../core/config.ts";
import { createAgents } from "../../agents/pool/create-agents.ts";
import { createStores } from "./create-stores.ts";
import { submitDeps } from "../run/create-submitter.ts";
import type { Clock } from "./clock.ts";
import type { Runtime } from "./runtime.ts";
import { childStarter } from "../run/start-child.ts";
import { concludeRun } from "../run/end-run.ts";
import { waitsFor } from "../run/graph-run.ts";
import { startRun, stopRun } from "../run/start-run.ts";

/**
 * Builds the runtime of a warm function from its environment. Turns of patterns are left to the dispatcher, by message:
 * the others need not carry what patterns stand on.
 */
export function createRuntime(logger: Logger): Runtime {
  // Public base URL that agents push to; empty: agents are polled.
  const { PUSH_BASE_URL: pushBaseUrl } = readEnv({ PUSH_BASE_URL: z.string().default("") });
  const stores = createStores();
  const indexes = heardIndexes();
  const submitting = submitDeps(stores);
  const heads = executionHeads(stores.executions, Date.now);
  const runtime: Runtime = {
    ...stores,
    rows: new RowReader(stores.db, stores.executions.table),
    next: async (messages) => {
      await Promise.all(messages.map((message) => stores.mail.task(message, 0)));
    },
    tokens: stepFunctionsTokens(sfnClient()),
    logger,
    execution: heads.read,
    remember: heads.remember,
    ...createAgents(stores.agents, logger),
    settled: settledTasks(),
    load: payloadReader(stores.payloads),
    items: itemLists(stores.executions),
    hold: holdReader(stores.control, indexes),
    hooks: hookReader(stores.control, indexes),
    orderHooks: stores.hookDesk.order,
    startChild: childStarter(submitting, stores.control),
    startRun: (execution) => startRun(submitting, execution),
    stopRun: (execution, why) => stopRun(submitting, execution, why),
    turnPattern: ({ run, task, record }) =>
      stores.mail.task({ run, task: task.id, token: record.token, seen: waitsFor(run, task).length }, 0),
    endRun: (execution, end) => concludeRun(runtime, execution, end),
    ...waiting(logger),
    pushBaseUrl: pushBaseUrl === "" ? undefined : pushBaseUrl.replace(/\/$/, ""),
    now: () => new Date(),
    random: Math.random,
    newSecret: () => randomBytes(24).toString("base64url"),
  };
  return runtime;
}

const waiting = (logger: Logger): Pick<Clock, "after" | "pause"> => ({
  after: (milliseconds, act) => {
    const timer = setTimeout(() => void act().catch((error) => logger.error("a look was not sent", { error })), milliseconds);
    return () => clearTimeout(timer);
  },
  pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
});
