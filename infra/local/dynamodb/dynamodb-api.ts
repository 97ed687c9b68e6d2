import type * as z from "zod";
import type { JsonObject } from "../json.ts";
import { AwsError } from "../wire/aws-error.ts";
import { operation } from "../wire/operation.ts";
import type { Operation, Operations } from "../wire/operation.ts";
import type { Call, DynamoEngine } from "./engine.ts";
import { query } from "./operations/query.ts";
import { batchGetItem, getItem } from "./operations/read-items.ts";
import { scan } from "./operations/scan.ts";
import { describeTable, tableArn } from "./operations/table-description.ts";
import {
  createTable,
  deleteTable,
  TableUpdate,
  TimeToLiveUpdate,
  updateTable,
  updateTimeToLive,
} from "./operations/tables.ts";
import { transactGetItems, transactWriteItems } from "./operations/transactions.ts";
import { batchWriteItem, deleteItem, putItem, updateItem } from "./operations/write-items.ts";
import { DynamoRefusal } from "./refusal.ts";
import type { Storage } from "./store/storage.ts";
import { TableDefinition } from "./table/table-schema.ts";
import type { Item } from "./values/value.ts";
import { toWireItem } from "./values/wire-value.ts";
import { DynamoRequest } from "./wire-requests.ts";
import type { CancellationReason } from "./write-refusal.ts";
import { CancellationRefusal, ConditionRefusal } from "./write-refusal.ts";

const READ: Call = { kind: "read" };
const WRITE: Call = { kind: "write" };
const TABLE: Call = { kind: "table" };

/** DynamoDB over HTTP, as its SDKs and the AWS CLI speak it. */
export function dynamoOperations(engine: DynamoEngine): Operations {
  return {
    ...itemOperations(engine),
    ...batchOperations(engine),
    ...tableOperations(engine),
    ...settingOperations(engine),
  };
}

type Act<Request, Reply> = (storage: Storage, request: Request) => Reply;

interface Answering<Request, Reply> {
  readonly call: Call | ((request: Request) => Call);
  readonly act: Act<Request, Reply>;
  readonly print: (reply: Reply) => object;
}

/** Ties an operation to its request's schema; refusals become errors of the protocol. */
const answering =
  (engine: DynamoEngine) =>
  <Request, Reply>(schema: z.ZodType<Request>, { call, act, print }: Answering<Request, Reply>): Operation => {
    const run = operation(schema, async (request: Request) => {
      const kind = typeof call === "function" ? call(request) : call;
      return print(await engine.answer(kind, (storage) => act(storage, request)));
    });
    return async (body, signal) => {
      try {
        return await run(body, signal);
      } catch (error) {
        throw error instanceof DynamoRefusal ? onTheWire(error) : error;
      }
    };
  };

function itemOperations(engine: DynamoEngine): Operations {
  const answer = answering(engine);
  return {
    GetItem: answer(DynamoRequest.GetItem, { call: READ, act: getItem, print: printItem }),
    PutItem: answer(DynamoRequest.PutItem, { call: WRITE, act: putItem, print: printAttributes }),
    UpdateItem: answer(DynamoRequest.UpdateItem, { call: WRITE, act: updateItem, print: printAttributes }),
    DeleteItem: answer(DynamoRequest.DeleteItem, { call: WRITE, act: deleteItem, print: printAttributes }),
    Query: answer(DynamoRequest.Query, { call: READ, act: query, print: printPage }),
    Scan: answer(DynamoRequest.Scan, { call: READ, act: scan, print: printPage }),
  };
}

function batchOperations(engine: DynamoEngine): Operations {
  const answer = answering(engine);
  return {
    BatchGetItem: answer(DynamoRequest.BatchGetItem, { call: READ, act: batchGetItem, print: printBatch }),
    BatchWriteItem: answer(DynamoRequest.BatchWriteItem, { call: READ, act: batchWriteItem, print: (reply) => reply }),
    TransactGetItems: answer(DynamoRequest.TransactGetItems, {
      call: READ,
      act: transactGetItems,
      print: ({ Responses }) => ({ Responses: Responses.map(printItem) }),
    }),
    TransactWriteItems: answer(DynamoRequest.TransactWriteItems, {
      call: ({ TransactItems }) => ({ kind: "transaction", count: TransactItems.length }),
      act: transactWriteItems,
      print: (reply) => reply,
    }),
  };
}

function tableOperations(engine: DynamoEngine): Operations {
  const answer = answering(engine);
  const describe = (status?: string) => (table: ReturnType<typeof createTable>) => ({
    TableDescription: describeTable(table, engine.place, status),
  });
  return {
    CreateTable: answer(TableDefinition, { call: TABLE, act: createTable, print: describe() }),
    UpdateTable: answer(TableUpdate, { call: TABLE, act: updateTable, print: describe() }),
    DeleteTable: answer(DynamoRequest.OneTable, { call: TABLE, act: deleteTable, print: describe("DELETING") }),
    DescribeTable: answer(DynamoRequest.OneTable, {
      call: TABLE,
      act: ({ catalog }, { TableName }) => catalog.get(TableName),
      print: (table) => ({ Table: describeTable(table, engine.place) }),
    }),
    ListTables: answer(DynamoRequest.ListTables, {
      call: TABLE,
      act: ({ catalog }, { ExclusiveStartTableName: after, Limit = 100 }) => {
        const names = catalog
          .all()
          .map(({ name }) => name)
          .filter((name) => after === undefined || name > after);
        return {
          TableNames: names.slice(0, Limit),
          ...(names.length > Limit && { LastEvaluatedTableName: names[Limit - 1] }),
        };
      },
      print: (reply) => reply,
    }),
  };
}

function settingOperations(engine: DynamoEngine): Operations {
  const answer = answering(engine);
  return {
    UpdateTimeToLive: answer(TimeToLiveUpdate, {
      call: TABLE,
      act: (storage, request) => {
        updateTimeToLive(storage, request);
        return { TimeToLiveSpecification: request.TimeToLiveSpecification };
      },
      print: (reply) => reply,
    }),
    DescribeTimeToLive: answer(DynamoRequest.OneTable, {
      call: TABLE,
      act: ({ catalog }, { TableName }) => catalog.get(TableName).ttlAttribute,
      print: (name) => ({
        TimeToLiveDescription:
          name === undefined ? { TimeToLiveStatus: "DISABLED" } : { TimeToLiveStatus: "ENABLED", AttributeName: name },
      }),
    }),
    ListTagsOfResource: answer(DynamoRequest.ResourceArn, {
      call: TABLE,
      act: ({ catalog }, { ResourceArn }) =>
        catalog.all().find(({ name }) => tableArn(name, engine.place) === ResourceArn),
      print: (table) => ({ Tags: table?.stored.definition.Tags ?? [] }),
    }),
  };
}

/** A refusal as the protocol tells it. */
export function onTheWire(refusal: DynamoRefusal): AwsError {
  const error = new AwsError(refusal.code, refusal.message);
  if (refusal instanceof CancellationRefusal)
    return error.with({ CancellationReasons: refusal.reasons.map(printReason) });
  return refusal instanceof ConditionRefusal && refusal.item !== undefined
    ? error.with({ Item: toWireItem(refusal.item) })
    : error;
}

const printReason = ({ Code, Message, Item: item }: CancellationReason): JsonObject => ({
  Code,
  ...(Message !== undefined && { Message }),
  ...(item && { Item: toWireItem(item) }),
});

const printItem = ({ Item: item }: { readonly Item?: Item }): object =>
  item === undefined ? {} : { Item: toWireItem(item) };

const printAttributes = ({ Attributes: attributes }: { readonly Attributes?: Item }): object =>
  attributes === undefined ? {} : { Attributes: toWireItem(attributes) };

const printPage = ({ Items: items, LastEvaluatedKey: last, ...counts }: ReturnType<typeof query>): object => ({
  ...(items && { Items: items.map(toWireItem) }),
  ...counts,
  ...(last && { LastEvaluatedKey: toWireItem(last) }),
});

function printBatch({ Responses, UnprocessedKeys }: ReturnType<typeof batchGetItem>): object {
  const responses = Object.entries(Responses).map(([table, items]) => [table, items.map(toWireItem)]);
  const left = Object.entries(UnprocessedKeys).map(([table, { Keys, ...rest }]) => [
    table,
    { ...rest, Keys: Keys.map(toWireItem) },
  ]);
  return { Responses: Object.fromEntries(responses), UnprocessedKeys: Object.fromEntries(left) };
}
