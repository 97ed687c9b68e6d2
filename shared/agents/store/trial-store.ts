import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { NotFoundError } from "../../core/errors.ts";
import { AGENT_LIMITS } from "../limits.ts";
import { TrialView } from "../views/trials.ts";
import { trialKey } from "./keys.ts";
import type { AgentStore } from "./vital-store.ts";

/** Keeps a trial as it stands, for `AGENT_LIMITS.trialKeptSeconds` from its start. */
export async function saveTrial(store: AgentStore, tenant: string, trial: TrialView): Promise<void> {
  const expiresAt = Math.floor(Date.parse(trial.started_at) / 1000) + AGENT_LIMITS.trialKeptSeconds;
  const Item = { ...trialKey(tenant, trial.agent_id, trial.trial_id), trial: JSON.stringify(trial), expiresAt };
  await store.db.send(new PutCommand({ TableName: store.table, Item }));
}

/** @throws {NotFoundError} no such trial of this agent for this tenant, or it is too long ago. */
export async function loadTrial(store: AgentStore, { tenant, agentId, trialId }: { tenant: string; agentId: string; trialId: string }): Promise<TrialView> {
  const Key = { ...trialKey(tenant, agentId, trialId) };
  const { Item } = await store.db.send(new GetCommand({ TableName: store.table, Key, ConsistentRead: true }));
  if (Item === undefined) throw new NotFoundError("trial", trialId);
  return TrialView.parse(JSON.parse(String(Item["trial"])));
}
