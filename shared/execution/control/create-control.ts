import * as z from "zod";
import { findAgent } from "../../agents/store/agent-store.ts";
import { lambdaClient, sfnClient } from "../../aws/clients.ts";
import { readEnv } from "../../core/config.ts";
import type { createStores } from "../runtime/create-stores.ts";
import type { ControlDeps } from "./control-deps.ts";
import { lookAt, type MissedStatus, statusReporter } from "./tracker.ts";

/** What steering stands on, from the function's environment; `report` hands statuses to `track-execution`. */
export function createControl(
  stores: ReturnType<typeof createStores>,
): ControlDeps & { readonly report: (missed: MissedStatus) => Promise<void> } {
  const env = readEnv({ TRACK_FUNCTION: z.string().min(1) });
  const { executions, admission, control, payloads, plan, mail, calls, queues } = stores;
  const report = statusReporter(lambdaClient(), env.TRACK_FUNCTION);
  return {
    executions,
    admission,
    control,
    payloads,
    plan,
    mail,
    calls,
    queues,
    sfn: sfnClient(),
    agent: async (tenant, id) => (id === undefined ? undefined : findAgent(stores.agents, tenant, id)),
    report,
    handOver: (execution) => report(lookAt(execution, queues)),
    now: () => new Date(),
    random: Math.random,
    pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  };
}
