import type { CompiledCondition } from "../expression/condition.ts";
import { compileCondition } from "../expression/condition.ts";
import type { Path } from "../expression/path.ts";
import { checkMentions, Scope } from "../expression/scope.ts";
import type { CompiledUpdate } from "../expression/update.ts";
import { applyUpdate, compileUpdate, updateTargets } from "../expression/update.ts";
import { invalid, invalidParameter } from "../refusal.ts";
import type { RowWrite, Storage } from "../store/storage.ts";
import type { Place, Table } from "../table/table.ts";
import { toStoredText } from "../values/stored-text.ts";
import type { Item } from "../values/value.ts";
import { isEqual } from "../values/value.ts";
import type { ConditionalRequest, KeyedRequest, PutRequest, UpdateRequest } from "./requests.ts";

/** A write whose request is sound; what comes of it depends on the item. */
export interface PreparedWrite {
  readonly table: Table;
  readonly place: Place;
  readonly condition: ((item: Item) => boolean) | undefined;
  /** The item afterwards; `undefined`: none. @throws {DynamoRefusal} the item does not allow the change. */
  readonly next: (old: Item | undefined) => Item | undefined;
  /** Where an update writes. */
  readonly targets: readonly Path[];
  readonly tellsOldOnFailure: boolean;
}

/** @throws {DynamoRefusal} as do the others: the request is malformed, whatever is stored. */
export function preparePut(storage: Storage, request: PutRequest): PreparedWrite {
  const table = storage.catalog.get(request.TableName);
  const place = table.placeOf(request.Item);
  const { Item: item } = request;
  return { table, place, ...conditionOf(request, undefined), next: () => item, targets: [] };
}

export function prepareDelete(storage: Storage, request: KeyedRequest): PreparedWrite {
  const table = storage.catalog.get(request.TableName);
  const place = table.placeOfKey(request.Key);
  return { table, place, ...conditionOf(request, undefined), next: () => undefined, targets: [] };
}

/** A part of a transaction that only looks. */
export function prepareCheck(storage: Storage, request: KeyedRequest): PreparedWrite {
  if (request.ConditionExpression === undefined) throw invalid("a ConditionCheck needs a ConditionExpression");
  return { ...prepareDelete(storage, request), next: (old) => old };
}

export function prepareUpdate(storage: Storage, request: UpdateRequest): PreparedWrite {
  const table = storage.catalog.get(request.TableName);
  const place = table.placeOfKey(request.Key);
  const update = request.UpdateExpression === undefined ? undefined : compileUpdate(request.UpdateExpression);
  const condition = conditionOf(request, update);
  if (update === undefined) return { table, place, ...condition, next: (old) => old ?? request.Key, targets: [] };
  const scope = new Scope(request);
  const targets = updateTargets(update, scope);
  const keys = [table.key.hash.name, table.key.range?.name];
  const key = targets.find(([name]) => keys.some((each) => each === name));
  if (key !== undefined)
    throw invalidParameter(`Cannot update attribute ${String(key[0])}. This attribute is part of the key`);
  return { table, place, ...condition, next: (old) => applyUpdate(update, old ?? request.Key, scope), targets };
}

function conditionOf(
  request: ConditionalRequest,
  update: CompiledUpdate | undefined,
): Pick<PreparedWrite, "condition" | "tellsOldOnFailure"> {
  const { ConditionExpression: text, ReturnValuesOnConditionCheckFailure: onFailure } = request;
  const compiled: CompiledCondition | undefined = text === undefined ? undefined : compileCondition(text);
  checkMentions([compiled, update], request);
  const tellsOldOnFailure = onFailure === "ALL_OLD";
  if (compiled === undefined) return { condition: undefined, tellsOldOnFailure };
  const scope = new Scope(request);
  compiled.checkOperands(scope);
  return { condition: (item) => compiled.holds(item, scope), tellsOldOnFailure };
}

const NOTHING: Item = {};

/** Whether the condition of a write allows it. */
export const isAllowed = ({ condition }: PreparedWrite, old: Item | undefined): boolean =>
  condition === undefined || condition(old ?? NOTHING);

/**
 * The write of a row; `undefined`: nothing changes, and no stream tells of it.
 *
 * @throws {DynamoRefusal} the item does not allow the change, or would be too large.
 */
export function rowWrite({ table, place, next }: PreparedWrite, old: Item | undefined): RowWrite | undefined {
  const newItem = next(old);
  if (newItem === old || (newItem !== undefined && old !== undefined && isEqual(newItem, old))) return undefined;
  const newText = newItem && toStoredText(newItem);
  if (newItem !== undefined && newText !== undefined) table.checkItem(newItem, newText.length);
  return { table, place, oldItem: old, newItem, newText };
}
