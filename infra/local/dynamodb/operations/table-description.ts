import type { IndexDefinition } from "../table/table-schema.ts";
import type { Table } from "../table/table.ts";

/** Region and account that names of tables carry. */
export interface TablePlace {
  readonly region: string;
  readonly accountId: string;
}

const NO_THROUGHPUT = { NumberOfDecreasesToday: 0, ReadCapacityUnits: 0, WriteCapacityUnits: 0 };

export const tableArn = (name: string, { region, accountId }: TablePlace): string =>
  `arn:aws:dynamodb:${region}:${accountId}:table/${name}`;

/** @returns nothing without a stream, which may be switched off by now. */
export const streamArnOf = (table: Table, place: TablePlace): string | undefined =>
  table.stored.streamLabel === undefined
    ? undefined
    : `${tableArn(table.name, place)}/stream/${table.stored.streamLabel}`;

/** A table as `DescribeTable` tells of it; sizes, which AWS counts every six hours, are left out. */
export function describeTable(table: Table, place: TablePlace, status = "ACTIVE"): object {
  const { definition, id, createdAt, streamLabel } = table.stored;
  const {
    GlobalSecondaryIndexes: global,
    LocalSecondaryIndexes: local,
    StreamSpecification: stream,
    BillingMode,
  } = definition;
  const arn = tableArn(table.name, place);
  return {
    TableName: table.name,
    TableArn: arn,
    TableId: id,
    TableStatus: status,
    CreationDateTime: createdAt / 1000,
    AttributeDefinitions: definition.AttributeDefinitions,
    KeySchema: definition.KeySchema,
    ProvisionedThroughput: { ...NO_THROUGHPUT, ...definition.ProvisionedThroughput },
    BillingModeSummary: { BillingMode: BillingMode ?? "PROVISIONED" },
    DeletionProtectionEnabled: definition.DeletionProtectionEnabled ?? false,
    ...(global && {
      GlobalSecondaryIndexes: global.map((index) => ({ ...describeIndex(index, arn), IndexStatus: "ACTIVE" })),
    }),
    ...(local && { LocalSecondaryIndexes: local.map((index) => describeIndex(index, arn)) }),
    ...(stream?.StreamEnabled === true && { StreamSpecification: stream }),
    ...(streamLabel !== undefined && { LatestStreamLabel: streamLabel, LatestStreamArn: streamArnOf(table, place) }),
  };
}

const describeIndex = ({ IndexName, KeySchema, Projection }: IndexDefinition, arn: string): object => ({
  IndexName,
  IndexArn: `${arn}/index/${IndexName}`,
  KeySchema,
  Projection,
  ProvisionedThroughput: NO_THROUGHPUT,
});
