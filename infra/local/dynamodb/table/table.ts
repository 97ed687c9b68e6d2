import { invalid, invalidParameter } from "../refusal.ts";
import type { Draft, Item, Value } from "../values/value.ts";
import { attributeOf, itemBytes, setAttribute, typeOf } from "../values/value.ts";
import type { KeyAttribute } from "./key-text.ts";
import { checkKeyValue, keyText, SEPARATOR } from "./key-text.ts";
import type { IndexDefinition, TableDefinition } from "./table-schema.ts";

/** Attributes that place an item among others. */
export interface KeyShape {
  readonly hash: KeyAttribute;
  readonly range: KeyAttribute | undefined;
}

/** Where an item lies: the texts of its keys. */
export interface Place {
  readonly part: string;
  /** Empty without a range key. */
  readonly sort: string;
}

/** A secondary index of a table. */
export interface Index {
  readonly name: string;
  /** The number under which its entries are stored. */
  readonly space: number;
  readonly isLocal: boolean;
  readonly key: KeyShape;
  /** Names that an entry holds; `undefined`: all. */
  readonly projected: ReadonlySet<string> | undefined;
}

/** A table as it is kept: what was declared, and what came with it. */
export interface StoredTable {
  readonly definition: TableDefinition;
  readonly id: string;
  /** Number under which its rows are stored; those of its indexes by name. */
  readonly space: number;
  readonly indexSpaces: Readonly<Record<string, number>>;
  readonly createdAt: number;
  /** Attribute that says when an item expires; `undefined`: none. */
  readonly ttlAttribute: string | undefined;
  /** When its stream was switched on, which is part of the stream's name. */
  readonly streamLabel: string | undefined;
}

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
export const MAX_ITEM_BYTES = 400 * 1024;

/** Knows the keys of a table, and checks items against them. */
export class Table {
  readonly stored: StoredTable;
  readonly name: string;
  readonly space: number;
  readonly key: KeyShape;
  readonly indexes: ReadonlyMap<string, Index>;
  readonly hasStream: boolean;
  readonly ttlAttribute: string | undefined;

  constructor(stored: StoredTable) {
    const { definition, space, indexSpaces, ttlAttribute } = stored;
    this.stored = stored;
    this.name = definition.TableName;
    this.space = space;
    this.key = keyShape(definition.KeySchema, definition);
    this.hasStream = definition.StreamSpecification?.StreamEnabled === true;
    this.ttlAttribute = ttlAttribute;
    const indexes = [
      ...(definition.GlobalSecondaryIndexes ?? []).map((index) => this.#index(index, false, indexSpaces)),
      ...(definition.LocalSecondaryIndexes ?? []).map((index) => this.#index(index, true, indexSpaces)),
    ];
    this.indexes = new Map(indexes.map((index) => [index.name, index]));
  }

  /** @throws {DynamoRefusal} there is no such index. */
  index(name: string): Index {
    const index = this.indexes.get(name);
    if (index === undefined) throw invalid(`The table does not have the specified index: ${name}`);
    return index;
  }

  /** The place that a whole item takes. @throws {DynamoRefusal} a key is missing, malformed or too long. */
  placeOf(item: Item): Place {
    const { hash, range } = this.key;
    return { part: textOf(item, hash, "hash"), sort: range === undefined ? "" : textOf(item, range, "range") };
  }

  /** The place that a key names. @throws {DynamoRefusal} it has other attributes than the table's key. */
  placeOfKey(key: Item): Place {
    const { hash, range } = this.key;
    const wanted = range === undefined ? 1 : 2;
    const isComplete = Object.hasOwn(key, hash.name) && (range === undefined || Object.hasOwn(key, range.name));
    const fits =
      isComplete &&
      Object.keys(key).length === wanted &&
      [hash, range].every((each) => each === undefined || typeOf(attributeOf(key, each.name) ?? null) === each.type);
    if (!fits) throw invalid("The provided key element does not match the schema");
    return this.placeOf(key);
  }

  /** The key attributes of an item. */
  keyOf(item: Item): Item {
    return pickNames(item, [this.key.hash.name, this.key.range?.name]);
  }

  /** @throws {DynamoRefusal} the item is too large, or a key of an index does not fit. */
  checkItem(item: Item, textLength: number): void {
    for (const { name, key } of this.indexes.values())
      for (const [attribute, part] of [
        [key.hash, "hash"],
        [key.range, "range"],
      ] as const) {
        const value = attribute === undefined ? undefined : attributeOf(item, attribute.name);
        if (attribute !== undefined && value !== undefined) checkIndexKey(name, { attribute, value, part });
      }
    // A sign takes three bytes at most, so the exact sum is needed for long texts only.
    if (textLength * 3 > MAX_ITEM_BYTES && itemBytes(item) > MAX_ITEM_BYTES) throw tooLarge();
  }

  /** Where an item's entry in an index lies; `undefined`: it has none. */
  entryPlace(index: Index, item: Item): Place | undefined {
    const { hash, range } = index.key;
    const [hashValue, rangeValue] = [attributeOf(item, hash.name), range && attributeOf(item, range.name)];
    if (hashValue === undefined || (range !== undefined && rangeValue === undefined)) return undefined;
    const { part, sort } = this.placeOf(item);
    const own = rangeValue === undefined ? "" : keyText(rangeValue);
    return { part: keyText(hashValue), sort: [own, part, sort].join(SEPARATOR) };
  }

  /** What an index has of an item. */
  projectedBy(index: Index, item: Item): Item {
    if (index.projected === undefined) return item;
    const { projected } = index;
    return pickNames(
      item,
      Object.keys(item).filter((name) => projected.has(name)),
    );
  }

  #index(index: IndexDefinition, isLocal: boolean, spaces: StoredTable["indexSpaces"]): Index {
    const { IndexName: name, Projection: projection } = index;
    const key = keyShape(index.KeySchema, this.stored.definition);
    const keys = [this.key, key].flatMap(({ hash, range }) => [hash.name, range?.name]);
    const projected = new Set([...keys, ...(projection.NonKeyAttributes ?? [])].filter((each) => each !== undefined));
    const holdsAll = projection.ProjectionType === "ALL";
    return { name, space: spaces[name] ?? -1, isLocal, key, projected: holdsAll ? undefined : projected };
  }
}

export const tooLarge = (): Error => invalid("Item size has exceeded the maximum allowed size");

function checkIndexKey(
  index: string,
  {
    attribute,
    value,
    part,
  }: { readonly attribute: KeyAttribute; readonly value: Value; readonly part: "hash" | "range" },
): void {
  if (typeOf(value) !== attribute.type)
    throw invalidParameter(
      `Type mismatch for Index Key ${attribute.name} Expected: ${attribute.type} Actual: ${typeOf(value)} IndexName: ${index}`,
    );
  checkKeyValue(attribute, value, part);
}

function textOf(item: Item, attribute: KeyAttribute, part: "hash" | "range"): string {
  const value = attributeOf(item, attribute.name);
  if (value === undefined) throw invalidParameter(`Missing the key ${attribute.name} in the item`);
  checkKeyValue(attribute, value, part);
  return keyText(value);
}

export function pickNames(item: Item, names: readonly (string | undefined)[]): Item {
  const picked: Draft = {};
  for (const name of names) {
    const value = name === undefined ? undefined : attributeOf(item, name);
    if (name !== undefined && value !== undefined) setAttribute(picked, name, value);
  }
  return picked;
}

function keyShape(schema: TableDefinition["KeySchema"], { AttributeDefinitions }: TableDefinition): KeyShape {
  const typed = (name: string): KeyAttribute => {
    const type = AttributeDefinitions.find(({ AttributeName }) => AttributeName === name)?.AttributeType;
    if (type === undefined) throw new Error(`key attribute ${name} has no type`);
    return { name, type };
  };
  const [hash, range] = schema;
  if (hash === undefined) throw new Error("a table without a key");
  return { hash: typed(hash.AttributeName), range: range && typed(range.AttributeName) };
}
