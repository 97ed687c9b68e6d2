import { TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import { TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { StoreUnavailableError } from "../../core/errors.ts";
import { type DefinitionStore, findDefinition } from "./definition-store.ts";
import { definitionKey, latestDefinitionKey, triggerKey, workflowsOfTenant } from "./keys.ts";
import { scheduleWrites } from "./schedule-store.ts";
import type { StoredDefinition } from "./stored-definition.ts";

const TRIES = 8;

/**
 * Records a version and makes it the newest: its triggers and schedules take the place of those before.
 *
 * @returns `"exists"` when the version is recorded with another plan: versions are immutable.
 * @throws {StoreUnavailableError} others keep recording versions of this workflow.
 */
export async function saveDefinition(store: DefinitionStore, definition: StoredDefinition): Promise<"saved" | "exists"> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const outcome = await putDefinition(store, definition);
    if (outcome !== "stale") return outcome;
  }
  throw new StoreUnavailableError(`workflow '${definition.name}' keeps changing`);
}

/** `stale`: another version became the newest meanwhile, so that it is not known which schedules go. */
async function putDefinition(store: DefinitionStore, definition: StoredDefinition): Promise<"saved" | "exists" | "stale"> {
  const { tenant, name, version } = definition;
  const before = await findDefinition(store, { tenant, name });
  const replaced = { tenant, workflow: name, before: before?.triggers ?? [], after: definition.triggers ?? [] };
  const stamp = { at: new Date(definition.createdAt), by: definition.createdBy };
  try {
    await store.db.send(
      new TransactWriteCommand({
        TransactItems: [
          {
            Put: {
              TableName: store.table,
              Item: { ...definitionKey(tenant, name, version), ...definition },
              ConditionExpression: "attribute_not_exists(pk) OR #plan = :plan",
              ExpressionAttributeNames: { "#plan": "plan" },
              ExpressionAttributeValues: { ":plan": definition.plan },
            },
          },
          {
            Put: {
              TableName: store.table,
              Item: { ...latestDefinitionKey(tenant, name), byTenant: workflowsOfTenant(tenant), ...definition },
              ...(before === undefined ? IS_FIRST : isStill(before)),
            },
          },
          triggerWrite(store, definition),
          ...scheduleWrites(store, replaced, stamp),
        ],
      }),
    );
    return "saved";
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    const [ofVersion, ofNewest] = error.CancellationReasons ?? [];
    if (ofVersion?.Code === "ConditionalCheckFailed") return "exists";
    if (ofNewest?.Code === "ConditionalCheckFailed") return "stale";
    throw error;
  }
}

const IS_FIRST = { ConditionExpression: "attribute_not_exists(pk)" };

const isStill = ({ plan }: StoredDefinition) => ({
  ConditionExpression: "#plan = :before",
  ExpressionAttributeNames: { "#plan": "plan" },
  ExpressionAttributeValues: { ":before": plan },
});

/** The newest version's triggers stand for themselves, so that an event is matched without reading definitions. */
function triggerWrite(store: DefinitionStore, { tenant, name, triggers: all = [] }: StoredDefinition) {
  const triggers = all.filter((trigger) => "pattern" in trigger);
  const Key = { ...triggerKey(tenant, name) };
  if (triggers.length === 0) return { Delete: { TableName: store.table, Key } };
  return { Put: { TableName: store.table, Item: { ...Key, workflow: name, triggers } } };
}
