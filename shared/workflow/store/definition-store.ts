import { type DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { NotFoundError } from "../../core/errors.ts";
import { StoredDefinition } from "./stored-definition.ts";
import { EventTrigger } from "../definition/workflow-definition.ts";
import type { Page, PageRequest } from "../../aws/page.ts";
import { queryAll, queryPage } from "../../aws/query.ts";
import { definitionKey, latestDefinitionKey, triggerKey, workflowsOfTenant } from "./keys.ts";

/** Where definitions live. */
export interface DefinitionStore {
  readonly db: DynamoDBDocumentClient;
  readonly table: string;
}

/** Events that start a workflow. */
const WorkflowTriggers = z.object({ workflow: z.string(), triggers: z.array(EventTrigger) });
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

/** Names a workflow, or one version of it. */
interface At {
  readonly tenant: string;
  readonly name: string;
  readonly version?: string | undefined;
}

/** A workflow's newest version, or one of its versions; nothing where there is none. */
export async function findDefinition(store: DefinitionStore, { tenant, name, version }: At): Promise<StoredDefinition | undefined> {
  const key = version === undefined ? latestDefinitionKey(tenant, name) : definitionKey(tenant, name, version);
  const { Item } = await store.db.send(new GetCommand({ TableName: store.table, Key: key, ConsistentRead: true }));
  return Item === undefined ? undefined : StoredDefinition.parse(Item);
}

/** @throws {NotFoundError} no such workflow, or no such version of it. */
export async function loadDefinition(store: DefinitionStore, at: At): Promise<StoredDefinition> {
  const found = await findDefinition(store, at);
  if (found === undefined) throw new NotFoundError("workflow", at.version === undefined ? at.name : `${at.name}:${at.version}`);
  return found;
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
