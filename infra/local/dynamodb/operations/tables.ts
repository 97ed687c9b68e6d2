import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import * as z from "zod";
import { DynamoRefusal, invalid, invalidParameter } from "../refusal.ts";
import { entriesOf, expiryOf } from "../store/index-entries.ts";
import type { Storage } from "../store/storage.ts";
import type { TableDefinition } from "../table/table-schema.ts";
import {
  AttributeDefinitions,
  checkDefinition,
  IndexDefinition,
  StreamSpecification,
  TableName,
} from "../table/table-schema.ts";
import type { StoredTable } from "../table/table.ts";
import { Table } from "../table/table.ts";

/** @throws {DynamoRefusal} as do the others: it does not fit, is there already, or is not there. */
export function createTable(storage: Storage, definition: TableDefinition): Table {
  const { TableName: name, ...rest } = definition;
  checkDefinition(definition);
  if (storage.catalog.find(name) !== undefined) throw inUse(`Table already exists: ${name}`);
  const space = storage.catalog.freeSpace();
  const indexes = [...(rest.GlobalSecondaryIndexes ?? []), ...(rest.LocalSecondaryIndexes ?? [])];
  const indexSpaces = Object.fromEntries(indexes.map(({ IndexName }, at) => [IndexName, space + 1 + at]));
  const now = Date.now();
  const streamLabel =
    rest.StreamSpecification?.StreamEnabled === true ? new Date(now).toISOString().slice(0, -1) : undefined;
  const stored = {
    definition,
    id: randomUUID(),
    space,
    indexSpaces,
    createdAt: now,
    ttlAttribute: undefined,
    streamLabel,
  };
  storage.define(stored, () => {});
  return storage.catalog.get(name);
}

export function deleteTable(storage: Storage, { TableName: name }: { readonly TableName: string }): Table {
  const table = storage.catalog.get(name);
  if (table.stored.definition.DeletionProtectionEnabled === true)
    throw invalid(
      `Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.`,
    );
  storage.define(name, (sql) => {
    for (const space of [table.space, ...Object.values(table.stored.indexSpaces)]) removeRows(sql, space);
    storage.streams.remove(table.space);
  });
  return table;
}

const removeRows = (sql: DatabaseSync, space: number): void => {
  sql.prepare("DELETE FROM rows WHERE space = ?").run(space);
};

/** What `UpdateTable` takes: of billing and such it is kept what was said. */
export const TableUpdate = z.strictObject({
  TableName,
  AttributeDefinitions: AttributeDefinitions.optional(),
  GlobalSecondaryIndexUpdates: z
    .array(
      z.object({
        Create: IndexDefinition.optional(),
        Delete: z.object({ IndexName: z.string() }).optional(),
        Update: z.looseObject({ IndexName: z.string() }).optional(),
      }),
    )
    .optional(),
  StreamSpecification: StreamSpecification.optional(),
  BillingMode: z.enum(["PAY_PER_REQUEST", "PROVISIONED"]).optional(),
  ProvisionedThroughput: z.object({ ReadCapacityUnits: z.number(), WriteCapacityUnits: z.number() }).optional(),
  OnDemandThroughput: z.unknown().optional(),
  DeletionProtectionEnabled: z.boolean().optional(),
  SSESpecification: z.unknown().optional(),
  TableClass: z.string().optional(),
});
type TableUpdate = z.infer<typeof TableUpdate>;

export function updateTable(storage: Storage, update: TableUpdate): Table {
  const { stored } = storage.catalog.get(update.TableName);
  const indexUpdates = update.GlobalSecondaryIndexUpdates ?? [];
  const created = indexUpdates.flatMap(({ Create: create }) => create ?? []);
  const deleted = indexUpdates.flatMap(({ Delete: removed }) => removed?.IndexName ?? []);
  const definition = updatedDefinition(stored.definition, { update, created, deleted });
  checkDefinition(definition);
  const label = streamLabelOf(stored, update.StreamSpecification);
  const freeSpace = storage.catalog.freeSpace();
  const indexSpaces = Object.fromEntries([
    ...Object.entries(stored.indexSpaces).filter(([name]) => !deleted.includes(name)),
    ...created.map(({ IndexName }, at): [string, number] => [IndexName, freeSpace + at]),
  ]);
  const changed: StoredTable = { ...stored, definition, indexSpaces, streamLabel: label };
  storage.define(changed, (sql) => {
    for (const name of deleted) removeRows(sql, stored.indexSpaces[name] ?? -1);
    fillIndexes(storage, sql, { table: new Table(changed), names: created.map(({ IndexName }) => IndexName) });
  });
  return storage.catalog.get(update.TableName);
}

interface DefinitionChange {
  readonly update: TableUpdate;
  readonly created: readonly IndexDefinition[];
  readonly deleted: readonly string[];
}

function updatedDefinition(old: TableDefinition, { update, created, deleted }: DefinitionChange): TableDefinition {
  const { TableName: _, GlobalSecondaryIndexUpdates: __, AttributeDefinitions: attributes = [], ...rest } = update;
  const known = old.GlobalSecondaryIndexes ?? [];
  const absent = deleted.find((name) => !known.some(({ IndexName }) => IndexName === name));
  if (absent !== undefined)
    throw new DynamoRefusal("ResourceNotFoundException", `Requested resource not found: Index: ${absent}`);
  const indexes = [...known.filter(({ IndexName }) => !deleted.includes(IndexName)), ...created];
  const { GlobalSecondaryIndexes: ___, ...without } = old;
  const all = { ...without, ...rest, ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes }) };
  const keys = [
    old.KeySchema,
    ...[...indexes, ...(old.LocalSecondaryIndexes ?? [])].map(({ KeySchema }) => KeySchema),
  ].flat();
  const used = new Set(keys.map(({ AttributeName }) => AttributeName));
  const byName = new Map(
    [...attributes, ...old.AttributeDefinitions].map((attribute) => [attribute.AttributeName, attribute]),
  );
  return { ...all, AttributeDefinitions: [...byName.values()].filter(({ AttributeName }) => used.has(AttributeName)) };
}

function streamLabelOf(
  stored: StoredTable,
  wanted: z.infer<typeof StreamSpecification> | undefined,
): string | undefined {
  if (wanted === undefined) return stored.streamLabel;
  const isEnabled = stored.definition.StreamSpecification?.StreamEnabled === true;
  if (wanted.StreamEnabled && isEnabled) throw invalid("Table already has an enabled stream");
  if (!wanted.StreamEnabled && !isEnabled) throw invalid("Table has no stream to disable");
  return wanted.StreamEnabled ? new Date().toISOString().slice(0, -1) : stored.streamLabel;
}

interface Filling {
  readonly table: Table;
  readonly names: readonly string[];
}

function fillIndexes(storage: Storage, sql: DatabaseSync, { table, names }: Filling): void {
  const insert = sql.prepare("INSERT OR REPLACE INTO rows (space, part, sort, text) VALUES (?, ?, ?, ?)");
  for (const index of [...table.indexes.values()].filter(({ name }) => names.includes(name)))
    for (const { part, sort, text } of entriesOf(storage.rows, table, index)) insert.run(index.space, part, sort, text);
}

/** What `UpdateTimeToLive` takes. */
export const TimeToLiveUpdate = z.strictObject({
  TableName,
  TimeToLiveSpecification: z.object({ AttributeName: z.string().min(1).max(255), Enabled: z.boolean() }),
});

export function updateTimeToLive(storage: Storage, update: z.infer<typeof TimeToLiveUpdate>): void {
  const { stored } = storage.catalog.get(update.TableName);
  const { AttributeName: name, Enabled: enabled } = update.TimeToLiveSpecification;
  if (enabled && stored.ttlAttribute !== undefined) throw invalid("TimeToLive is already enabled");
  if (!enabled && stored.ttlAttribute === undefined) throw invalid("TimeToLive is already disabled");
  if (!enabled && stored.ttlAttribute !== name)
    throw invalidParameter(
      `TimeToLive is active on a different AttributeName: current AttributeName is ${stored.ttlAttribute ?? ""}`,
    );
  const ttlAttribute = enabled ? name : undefined;
  storage.define({ ...stored, ttlAttribute }, (sql) => {
    const set = sql.prepare("UPDATE rows SET expires = ? WHERE space = ? AND part = ? AND sort = ?");
    for (const row of storage.rows.behind(stored.space, { part: "", sort: "" })) {
      const expires = expiryOf({ ttlAttribute }, storage.rows.itemOf(stored.space, row));
      set.run(expires ?? null, stored.space, row.part, row.sort);
    }
  });
}

const inUse = (message: string): Error => new DynamoRefusal("ResourceInUseException", message);
