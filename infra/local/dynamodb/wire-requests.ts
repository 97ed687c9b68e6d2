import * as z from "zod";
import { TableName } from "./table/table-schema.ts";
import { WireItem } from "./values/wire-value.ts";

/** Requests of the AWS JSON protocol of DynamoDB, as far as the engine answers them; old parameters are refused by name. */
const names = { ExpressionAttributeNames: z.record(z.string(), z.string()).optional() };
const placeholders = { ...names, ExpressionAttributeValues: WireItem.optional() };
const told = {
  ReturnConsumedCapacity: z.literal("NONE", "is not supported: the embedded cloud does not count capacity").optional(),
  ReturnItemCollectionMetrics: z.enum(["SIZE", "NONE"]).optional(),
};
const condition = {
  TableName,
  ...placeholders,
  ConditionExpression: z.string().optional(),
  ReturnValuesOnConditionCheckFailure: z.enum(["ALL_OLD", "NONE"]).optional(),
};
const projection = { ProjectionExpression: z.string().optional(), ...names };
const returned = { ReturnValues: z.enum(["NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW"]).optional() };
const search = {
  TableName,
  ...placeholders,
  ...told,
  IndexName: z.string().optional(),
  FilterExpression: z.string().optional(),
  ProjectionExpression: z.string().optional(),
  Select: z.enum(["ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES", "SPECIFIC_ATTRIBUTES", "COUNT"]).optional(),
  Limit: z.int().min(1).optional(),
  ExclusiveStartKey: WireItem.nullish().transform((key) => key ?? undefined),
  ConsistentRead: z.boolean().optional(),
};

const put = { ...condition, Item: WireItem };
const keyed = { ...condition, Key: WireItem };
const get = { TableName, Key: WireItem, ...projection };
const update = { ...keyed, UpdateExpression: z.string().optional() };

export const DynamoRequest = {
  PutItem: z.strictObject({ ...put, ...returned, ...told }),
  UpdateItem: z.strictObject({ ...update, ...returned, ...told }),
  DeleteItem: z.strictObject({ ...keyed, ...returned, ...told }),
  GetItem: z.strictObject({ ...get, ...told, ConsistentRead: z.boolean().optional() }),
  BatchGetItem: z.strictObject({
    ...told,
    RequestItems: z.record(
      TableName,
      z.strictObject({ ...projection, Keys: z.array(WireItem).min(1), ConsistentRead: z.boolean().optional() }),
    ),
  }),
  BatchWriteItem: z.strictObject({
    ...told,
    RequestItems: z.record(
      TableName,
      z.array(
        z.strictObject({
          PutRequest: z.strictObject({ Item: WireItem }).optional(),
          DeleteRequest: z.strictObject({ Key: WireItem }).optional(),
        }),
      ),
    ),
  }),
  TransactWriteItems: z.strictObject({
    ...told,
    ClientRequestToken: z.string().optional(),
    TransactItems: z.array(
      z.strictObject({
        Put: z.strictObject(put).optional(),
        Update: z.strictObject(update).optional(),
        Delete: z.strictObject(keyed).optional(),
        ConditionCheck: z.strictObject(keyed).optional(),
      }),
    ),
  }),
  TransactGetItems: z.strictObject({
    ReturnConsumedCapacity: told.ReturnConsumedCapacity,
    TransactItems: z.array(z.strictObject({ Get: z.strictObject(get) })),
  }),
  Query: z.strictObject({
    ...search,
    KeyConditionExpression: z.string().optional(),
    ScanIndexForward: z.boolean().optional(),
  }),
  Scan: z.strictObject({
    ...search,
    Segment: z.int().min(0).optional(),
    TotalSegments: z.int().min(1).max(1_000_000).optional(),
  }),
  OneTable: z.strictObject({ TableName }),
  ListTables: z.strictObject({
    ExclusiveStartTableName: z.string().optional(),
    Limit: z.int().min(1).max(100).optional(),
  }),
  ResourceArn: z.strictObject({ ResourceArn: z.string(), NextToken: z.string().optional() }),
} as const;
