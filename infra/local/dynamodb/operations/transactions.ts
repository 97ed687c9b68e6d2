import { createHash } from "node:crypto";
import { readUnits, writeUnits } from "../capacity.ts";
import { DynamoRefusal, invalid } from "../refusal.ts";
import type { RowWrite, Storage } from "../store/storage.ts";
import type { Item } from "../values/value.ts";
import { itemBytes } from "../values/value.ts";
import type { CancellationReason } from "../write-refusal.ts";
import { CancellationRefusal } from "../write-refusal.ts";
import type { PreparedWrite } from "./prepared-write.ts";
import { isAllowed, prepareCheck, prepareDelete, preparePut, prepareUpdate, rowWrite } from "./prepared-write.ts";
import { projectionOf } from "./read-items.ts";
import type { TransactGetRequest, TransactWrite, TransactWriteRequest } from "./requests.ts";

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
const MAX_ITEMS = 100;
const MAX_BYTES = 4 * 1024 * 1024;

/** All writes or none. @throws {DynamoRefusal} with a reason per write, in their order, when one cannot be. */
export function transactWriteItems(storage: Storage, request: TransactWriteRequest): object {
  const { TransactItems: items, ClientRequestToken: token } = request;
  checkCount(items.length);
  const known = token === undefined ? undefined : { token, request: digestOf(items) };
  if (known !== undefined && isRepeated(storage, known)) return {};
  const prepared = items.map((item) => prepare(storage, item));
  const places = new Set(prepared.map(({ table, place }) => JSON.stringify([table.space, place])));
  if (places.size < prepared.length)
    throw invalid("Transaction request cannot include multiple operations on one item");
  const outcomes = prepared.map((each) => outcomeOf(storage, each));
  if (outcomes.some(({ reason }) => reason.Code !== "None"))
    throw new CancellationRefusal(outcomes.map(({ reason }) => reason));
  const writes = outcomes.map(({ write }) => write).filter((write): write is RowWrite => write !== undefined);
  checkBytes(writes.map(({ newItem }) => newItem));
  if (writes.length > 0 || known !== undefined) storage.write(writes, known);
  return {};
}

function prepare(storage: Storage, item: TransactWrite): PreparedWrite {
  const { Put: put, Update: update, Delete: remove, ConditionCheck: check } = item;
  if ([put, update, remove, check].filter((each) => each !== undefined).length !== 1)
    throw invalid("TransactItems can only contain one of Check, Put, Update or Delete");
  if (put !== undefined) return preparePut(storage, put);
  if (update !== undefined) {
    if (update.UpdateExpression === undefined) throw invalid("The expression can not be empty;");
    return prepareUpdate(storage, update);
  }
  if (remove !== undefined) return prepareDelete(storage, remove);
  if (check !== undefined) return prepareCheck(storage, check);
  throw invalid("a transaction's item is empty");
}

interface Outcome {
  readonly reason: CancellationReason;
  readonly write: RowWrite | undefined;
}

function outcomeOf(storage: Storage, prepared: PreparedWrite): Outcome {
  const { table } = prepared;
  const old = storage.rows.get(table.space, prepared.place);
  if (!isAllowed(prepared, old)) {
    storage.capacity?.write(2 * writeUnits({ table, oldItem: old, newItem: old }));
    const told = prepared.tellsOldOnFailure && old !== undefined ? { Item: old } : {};
    return {
      reason: { Code: "ConditionalCheckFailed", Message: "The conditional request failed", ...told },
      write: undefined,
    };
  }
  try {
    const write = rowWrite(prepared, old);
    storage.capacity?.write(2 * writeUnits({ table, oldItem: old, newItem: write === undefined ? old : write.newItem }));
    return { reason: { Code: "None" }, write };
  } catch (error) {
    if (!(error instanceof DynamoRefusal)) throw error;
    return { reason: { Code: "ValidationError", Message: error.message }, write: undefined };
  }
}

/** @throws {DynamoRefusal} the token came with another request. */
function isRepeated(
  storage: Storage,
  { token, request }: { readonly token: string; readonly request: string },
): boolean {
  if (token.length === 0 || token.length > 36) throw invalid("ClientRequestToken has to be of 1 to 36 characters");
  const before = storage.tokens.requestOf(token, Math.floor(Date.now() / 1000));
  if (before === undefined) return false;
  if (before === request) return true;
  throw new DynamoRefusal("IdempotentParameterMismatchException", "Request token was used with different parameters");
}

const digestOf = (items: readonly TransactWrite[]): string =>
  createHash("sha256").update(JSON.stringify(items)).digest("base64url");

/** Items as they are at one moment, in the order of the request; what is not there leaves a gap. */
export function transactGetItems(
  storage: Storage,
  { TransactItems }: TransactGetRequest,
): { readonly Responses: readonly { readonly Item?: Item }[] } {
  checkCount(TransactItems.length);
  const reads = TransactItems.map(({ Get: get }) => {
    const table = storage.catalog.get(get.TableName);
    return { table, place: table.placeOfKey(get.Key), project: projectionOf(get) };
  });
  const places = new Set(reads.map(({ table, place }) => JSON.stringify([table.space, place])));
  if (places.size < reads.length) throw invalid("Transaction request cannot include multiple operations on one item");
  const items = reads.map(({ table, place }) => storage.rows.get(table.space, place));
  for (const item of items) storage.capacity?.read(2 * readUnits(item === undefined ? 0 : itemBytes(item), true));
  checkBytes(items);
  return { Responses: reads.map(({ project }, at) => responseOf(items[at], project)) };
}

const responseOf = (item: Item | undefined, project: (item: Item) => Item): { readonly Item?: Item } =>
  item === undefined ? {} : { Item: project(item) };

function checkCount(count: number): void {
  if (count === 0) throw invalid("TransactItems has to have an entry");
  if (count > MAX_ITEMS)
    throw invalid(
      "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length less than or equal to 100",
    );
}

function checkBytes(items: readonly (Item | undefined)[]): void {
  // Ten of the largest items fit.
  if (items.length < 11) return;
  if (items.reduce((sum, item) => sum + (item === undefined ? 0 : itemBytes(item)), 0) > MAX_BYTES)
    throw invalid("Transaction request size exceeded the maximum allowed of 4 MB");
}
