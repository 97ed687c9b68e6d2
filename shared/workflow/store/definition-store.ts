import { TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import { type DynamoDBDocumentClient, GetCommand, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { NotFoundError } from "../../core/errors.ts";
import { StoredDefinition } from "./stored-definition.ts";
import { Trigger } from "../definition/workflow-definition.ts";
import type { Page, PageRequest } from "../../aws/page.ts";
import { queryAll, queryPage } from "../../aws/query.ts";
import { definitionKey, latestDefinitionKey, triggerKey, workflowsOfTenant } from "./keys.ts";

/** Where definitions live. */
export interface DefinitionStore {
  readonly db: DynamoDBDocumentClient;
  readonly table: string;
}

/**
 * Records a version and makes it the newest.
 *
 * @returns `"exists"` when the version is recorded with another plan: versions are immutable.
 */
export async function saveDefinition(
  store: DefinitionStore,
  definition: StoredDefinition,
): Promise<"saved" | "exists"> {
  const { tenant, name, version } = definition;
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
            },
          },
          triggerWrite(store, definition),
        ],
      }),
    );
    return "saved";
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    if (error.CancellationReasons?.[0]?.Code !== "ConditionalCheckFailed") throw error;
    return "exists";
  }
}

/** The newest version's triggers stand for themselves, so that an event is matched without reading definitions. */
function triggerWrite(store: DefinitionStore, { tenant, name, triggers = [] }: StoredDefinition) {
  const Key = { ...triggerKey(tenant, name) };
  if (triggers.length === 0) return { Delete: { TableName: store.table, Key } };
  return { Put: { TableName: store.table, Item: { ...Key, workflow: name, triggers } } };
}

/** Events that start a workflow. */
const WorkflowTriggers = z.object({ workflow: z.string(), triggers: z.array(Trigger) });
/** One workflow of a tenant with its triggers, of its newest version. */
export type WorkflowTriggers = z.infer<typeof WorkflowTriggers>;

/** Which of a tenant's workflows start with which events. */
export async function listTriggers(store: DefinitionStore, tenant: string): Promise<readonly WorkflowTriggers[]> {
  const rows = await queryAll(store, {
    KeyConditionExpression: "pk = :pk",
    ExpressionAttributeValues: { ":pk": triggerKey(tenant, "").pk },
    ConsistentRead: true,
  });
  return rows.map((row) => WorkflowTriggers.parse(row));
}

/** @throws {NotFoundError} no such workflow, or no such version of it. */
export async function loadDefinition(
  store: DefinitionStore,
  at: { tenant: string; name: string; version?: string | undefined },
): Promise<StoredDefinition> {
  const { tenant, name, version } = at;
  const key = version === undefined ? latestDefinitionKey(tenant, name) : definitionKey(tenant, name, version);
  const { Item } = await store.db.send(new GetCommand({ TableName: store.table, Key: key, ConsistentRead: true }));
  if (Item === undefined) throw new NotFoundError("workflow", version === undefined ? name : `${name}:${version}`);
  return StoredDefinition.parse(Item);
}

/** The newest version of every workflow of a tenant, by name. */
export async function listDefinitions(
  store: DefinitionStore,
  tenant: string,
  page: PageRequest,
): Promise<Page<StoredDefinition>> {
  const request = {
    IndexName: "byTenant",
    KeyConditionExpression: "byTenant = :tenant",
    ExpressionAttributeValues: { ":tenant": workflowsOfTenant(tenant) },
    Limit: page.limit,
  };
  const { rows, next } = await queryPage(store, request, page.after);
  return { rows: rows.map((row) => StoredDefinition.parse(row)), next };
}

/** Versions of a workflow. */
export async function listVersions(
  store: DefinitionStore,
  at: { tenant: string; name: string },
): Promise<readonly StoredDefinition[]> {
  const { pk } = latestDefinitionKey(at.tenant, at.name);
  const rows = await queryAll(store, {
    KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
    ExpressionAttributeValues: { ":pk": pk, ":prefix": "V#" },
  });
  return rows.map((row) => StoredDefinition.parse(row));
}
