import * as z from "zod";
import { invalidParameter } from "../refusal.ts";

const KeySchema = z
  .array(z.object({ AttributeName: z.string().min(1).max(255), KeyType: z.enum(["HASH", "RANGE"]) }))
  .min(1)
  .max(2);
const Throughput = z.object({
  ReadCapacityUnits: z.number().int().min(1),
  WriteCapacityUnits: z.number().int().min(1),
});
const Projection = z.object({
  ProjectionType: z.enum(["ALL", "KEYS_ONLY", "INCLUDE"]).default("ALL"),
  NonKeyAttributes: z.array(z.string()).min(1).max(20).optional(),
});

export const TableName = z
  .string()
  .transform((name) => /^arn:aws[\w-]*:dynamodb:[^:]*:\d*:table\/([^/]+)/.exec(name)?.[1] ?? name)
  .pipe(z.string().regex(/^[\w.-]{3,255}$/, "has to be of 3 to 255 letters, digits, _, - and ."));

export const IndexDefinition = z.object({
  IndexName: z.string().regex(/^[\w.-]{3,255}$/),
  KeySchema,
  Projection,
  ProvisionedThroughput: Throughput.optional(),
  OnDemandThroughput: z.unknown().optional(),
});
export type IndexDefinition = z.infer<typeof IndexDefinition>;

export const AttributeDefinitions = z.array(
  z.object({ AttributeName: z.string().min(1).max(255), AttributeType: z.enum(["S", "N", "B"]) }),
);

export const StreamSpecification = z.object({
  StreamEnabled: z.boolean(),
  StreamViewType: z.enum(["NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY"]).optional(),
});

const Tags = z.array(z.object({ Key: z.string(), Value: z.string() }));

/** What `CreateTable` takes. Of billing, throughput, class, encryption and protection it is kept what was said. */
export const TableDefinition = z.strictObject({
  TableName,
  AttributeDefinitions,
  KeySchema,
  GlobalSecondaryIndexes: z.array(IndexDefinition).min(1).max(20).optional(),
  LocalSecondaryIndexes: z.array(IndexDefinition).min(1).max(5).optional(),
  BillingMode: z.enum(["PAY_PER_REQUEST", "PROVISIONED"]).optional(),
  ProvisionedThroughput: Throughput.optional(),
  OnDemandThroughput: z.unknown().optional(),
  WarmThroughput: z.unknown().optional(),
  StreamSpecification: StreamSpecification.optional(),
  SSESpecification: z.unknown().optional(),
  TableClass: z.string().optional(),
  DeletionProtectionEnabled: z.boolean().optional(),
  ResourcePolicy: z.string().optional(),
  Tags: Tags.optional(),
});
export type TableDefinition = z.infer<typeof TableDefinition>;

/** @throws {DynamoRefusal} keys and attributes do not fit each other. */
export function checkDefinition(definition: TableDefinition): void {
  const { GlobalSecondaryIndexes: global = [], LocalSecondaryIndexes: local = [] } = definition;
  const { AttributeDefinitions: attributes, KeySchema: key, StreamSpecification: stream } = definition;
  const indexes = [...global, ...local];
  const defined = new Set(attributes.map(({ AttributeName }) => AttributeName));
  if (defined.size < attributes.length) throw invalidParameter("Cannot have two attributes with the same name");
  for (const schema of [key, ...indexes.map(({ KeySchema }) => KeySchema)]) checkKeySchema(schema, defined);
  const used = new Set(
    [key, ...indexes.map(({ KeySchema }) => KeySchema)].flat().map(({ AttributeName }) => AttributeName),
  );
  if (used.size < defined.size)
    throw invalidParameter(
      `Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions`,
    );
  if (new Set(indexes.map(({ IndexName }) => IndexName)).size < indexes.length)
    throw invalidParameter("Duplicate index name");
  for (const index of indexes) checkProjection(index);
  for (const { IndexName, KeySchema } of local) checkLocal(IndexName, KeySchema, key);
  if (stream?.StreamEnabled === true && stream.StreamViewType === undefined)
    throw invalidParameter("StreamViewType is required when the stream is enabled");
}

type Key = TableDefinition["KeySchema"];

function checkKeySchema(schema: Key, defined: ReadonlySet<string>): void {
  const [hash, range] = schema;
  if (hash?.KeyType !== "HASH") throw invalidParameter("The first KeySchemaElement is not a HASH key type");
  if (range !== undefined && range.KeyType !== "RANGE")
    throw invalidParameter("The second KeySchemaElement is not a RANGE key type");
  if (range?.AttributeName === hash.AttributeName)
    throw invalidParameter("Both the Hash Key and the Range Key element in the KeySchema have the same name");
  const missing = schema.filter(({ AttributeName }) => !defined.has(AttributeName));
  if (missing.length > 0)
    throw invalidParameter(
      `Some index key attributes are not defined in AttributeDefinitions. Keys: [${missing.map(({ AttributeName }) => AttributeName).join(", ")}]`,
    );
}

function checkProjection({ Projection: { ProjectionType, NonKeyAttributes } }: IndexDefinition): void {
  if ((ProjectionType === "INCLUDE") !== (NonKeyAttributes !== undefined))
    throw invalidParameter(
      `ProjectionType is ${ProjectionType}, ${NonKeyAttributes === undefined ? "but NonKeyAttributes is not specified" : "but NonKeyAttributes is specified"}`,
    );
}

function checkLocal(name: string, schema: Key, table: Key): void {
  if (table.length === 1)
    throw invalidParameter(
      "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex",
    );
  if (schema.length === 1) throw invalidParameter(`Index KeySchema does not have a range key for index: ${name}`);
  if (schema[0]?.AttributeName !== table[0]?.AttributeName)
    throw invalidParameter(
      `Index KeySchema does not have the same leading hash key as table KeySchema for index: ${name}`,
    );
}
