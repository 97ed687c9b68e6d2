import type { Placeholders } from "../expression/scope.ts";
import type { Item } from "../values/value.ts";

/** Requests as the engine takes them: those of the AWS API, with values of its own in place of attribute values. */
type Maybe<Value> = Value | undefined;

export interface ConditionalRequest extends Placeholders {
  readonly TableName: string;
  readonly ConditionExpression?: Maybe<string>;
  readonly ReturnValues?: Maybe<ReturnValues>;
  readonly ReturnValuesOnConditionCheckFailure?: Maybe<"ALL_OLD" | "NONE">;
}

export type ReturnValues = "NONE" | "ALL_OLD" | "UPDATED_OLD" | "ALL_NEW" | "UPDATED_NEW";

export interface PutRequest extends ConditionalRequest {
  readonly Item: Item;
}

export interface KeyedRequest extends ConditionalRequest {
  readonly Key: Item;
}

export interface UpdateRequest extends KeyedRequest {
  readonly UpdateExpression?: Maybe<string>;
}

/** One part of a transaction that writes; one of the four is there. */
export interface TransactWrite {
  readonly Put?: Maybe<PutRequest>;
  readonly Update?: Maybe<UpdateRequest>;
  readonly Delete?: Maybe<KeyedRequest>;
  readonly ConditionCheck?: Maybe<KeyedRequest>;
}

export interface TransactWriteRequest {
  readonly TransactItems: readonly TransactWrite[];
  readonly ClientRequestToken?: Maybe<string>;
}

export interface ProjectedRequest {
  readonly ProjectionExpression?: Maybe<string>;
  readonly ExpressionAttributeNames?: Maybe<Readonly<Record<string, string>>>;
}

export interface GetRequest extends ProjectedRequest {
  readonly TableName: string;
  readonly Key: Item;
  readonly ConsistentRead?: Maybe<boolean>;
}

export interface TransactGetRequest {
  readonly TransactItems: readonly { readonly Get: GetRequest }[];
}

export interface BatchGetRequest {
  readonly RequestItems: Readonly<Record<string, KeysRequest>>;
}

export interface KeysRequest extends ProjectedRequest {
  readonly Keys: readonly Item[];
  readonly ConsistentRead?: Maybe<boolean>;
}

/** One of the two is there. */
export interface BatchWrite {
  readonly PutRequest?: Maybe<{ readonly Item: Item }>;
  readonly DeleteRequest?: Maybe<{ readonly Key: Item }>;
}

export interface BatchWriteRequest {
  readonly RequestItems: Readonly<Record<string, readonly BatchWrite[]>>;
}

export type Select = "ALL_ATTRIBUTES" | "ALL_PROJECTED_ATTRIBUTES" | "SPECIFIC_ATTRIBUTES" | "COUNT";

export interface SearchRequest extends Placeholders {
  readonly TableName: string;
  readonly IndexName?: Maybe<string>;
  readonly FilterExpression?: Maybe<string>;
  readonly ProjectionExpression?: Maybe<string>;
  readonly Select?: Maybe<Select>;
  readonly Limit?: Maybe<number>;
  readonly ExclusiveStartKey?: Maybe<Item>;
  readonly ConsistentRead?: Maybe<boolean>;
}

export interface QueryRequest extends SearchRequest {
  readonly KeyConditionExpression?: Maybe<string>;
  readonly ScanIndexForward?: Maybe<boolean>;
}

export interface ScanRequest extends SearchRequest {
  readonly Segment?: Maybe<number>;
  readonly TotalSegments?: Maybe<number>;
}

/** A page of items. */
export interface SearchReply {
  readonly Items?: readonly Item[];
  readonly Count: number;
  readonly ScannedCount: number;
  readonly LastEvaluatedKey?: Item;
}
