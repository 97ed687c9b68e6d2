import { writeUnits } from "../capacity.ts";
import { pick } from "../expression/path.ts";
import { invalid } from "../refusal.ts";
import type { RowWrite, Storage } from "../store/storage.ts";
import type { Item } from "../values/value.ts";
import { ConditionRefusal } from "../write-refusal.ts";
import type { PreparedWrite } from "./prepared-write.ts";
import { isAllowed, prepareDelete, preparePut, prepareUpdate, rowWrite } from "./prepared-write.ts";
import type {
  BatchWrite,
  BatchWriteRequest,
  KeyedRequest,
  PutRequest,
  ReturnValues,
  UpdateRequest,
} from "./requests.ts";

interface WriteReply {
  readonly Attributes?: Item;
}

export function putItem(storage: Storage, request: PutRequest): WriteReply {
  checkReturnValues(request.ReturnValues);
  return write(storage, preparePut(storage, request), request.ReturnValues);
}

export function deleteItem(storage: Storage, request: KeyedRequest): WriteReply {
  checkReturnValues(request.ReturnValues);
  return write(storage, prepareDelete(storage, request), request.ReturnValues);
}

export function updateItem(storage: Storage, request: UpdateRequest): WriteReply {
  return write(storage, prepareUpdate(storage, request), request.ReturnValues);
}

function checkReturnValues(wanted: ReturnValues | undefined): void {
  if (wanted !== undefined && wanted !== "NONE" && wanted !== "ALL_OLD")
    throw invalid("Return values set to invalid value");
}

function write(storage: Storage, prepared: PreparedWrite, wanted: ReturnValues = "NONE"): WriteReply {
  const old = storage.rows.get(prepared.table.space, prepared.place);
  const refused = !isAllowed(prepared, old);
  if (refused) consume(storage, prepared, { oldItem: old, newItem: old });
  if (refused) throw new ConditionRefusal(prepared.tellsOldOnFailure ? old : undefined);
  const row = rowWrite(prepared, old);
  consume(storage, prepared, { oldItem: old, newItem: row === undefined ? old : row.newItem });
  if (row !== undefined) storage.write([row]);
  const attributes = attributesFor(wanted, { old, now: row === undefined ? old : row.newItem, prepared });
  return attributes === undefined || Object.keys(attributes).length === 0 ? {} : { Attributes: attributes };
}

const consume = ({ capacity }: Storage, { table }: PreparedWrite, change: Pick<RowWrite, "oldItem" | "newItem">): void =>
  capacity?.write(writeUnits({ table, ...change }));

interface Outcome {
  readonly old: Item | undefined;
  readonly now: Item | undefined;
  readonly prepared: PreparedWrite;
}

function attributesFor(wanted: ReturnValues, { old, now, prepared }: Outcome): Item | undefined {
  switch (wanted) {
    case "NONE":
      return undefined;
    case "ALL_OLD":
      return old;
    case "ALL_NEW":
      return now;
    case "UPDATED_OLD":
      return old && pick(old, prepared.targets);
    case "UPDATED_NEW":
      return now && pick(now, prepared.targets);
    default:
      return wanted satisfies never;
  }
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
const MAX_BATCH = 25;

/** Each write for itself, without conditions; all of them are carried out. */
export function batchWriteItem(
  storage: Storage,
  { RequestItems }: BatchWriteRequest,
): { readonly UnprocessedItems: object } {
  const prepared = Object.entries(RequestItems).flatMap(([table, writes]) => {
    if (writes.length === 0) throw invalid(`the list of writes of ${table} is empty`);
    return writes.map((each) => prepareBatched(storage, table, each));
  });
  if (prepared.length === 0) throw invalid("RequestItems has to name a table");
  if (prepared.length > MAX_BATCH) throw invalid("Too many items requested for the BatchWriteItem call");
  const places = new Set(prepared.map(({ table, place }) => JSON.stringify([table.space, place])));
  if (places.size < prepared.length) throw invalid("Provided list of item keys contains duplicates");
  const rows = prepared.map((each) => {
    const oldItem = storage.rows.get(each.table.space, each.place);
    const row = rowWrite(each, oldItem);
    consume(storage, each, { oldItem, newItem: row === undefined ? oldItem : row.newItem });
    return row;
  });
  const changes = rows.filter((row): row is RowWrite => row !== undefined);
  for (const change of changes) storage.write([change]);
  return { UnprocessedItems: {} };
}

function prepareBatched(
  storage: Storage,
  TableName: string,
  { PutRequest: put, DeleteRequest: remove }: BatchWrite,
): PreparedWrite {
  if ((put === undefined) === (remove === undefined))
    throw invalid("Supplied WriteRequest must contain exactly one of PutRequest and DeleteRequest");
  if (put !== undefined) return preparePut(storage, { TableName, Item: put.Item });
  return prepareDelete(storage, { TableName, Key: remove?.Key ?? {} });
}
