import { Decimal, numberText, parseNumber } from "./decimal.ts";
import type { Draft, Item, Member, SetKind, Value } from "./value.ts";
import { Binary, isList, memberKey, setAttribute, ValueSet } from "./value.ts";
import type { Json, JsonObject } from "../../json.ts";
import { isJsonObject, parseJson } from "../../json.ts";

/**
 * Items as text, in the log and in the file. What JSON has is itself; the rest is an object of one name that begins
 * with `$`, and so is a map of the user that has such a name.
 */
const TAG = '"$';

export function toStoredText(item: Item): string {
  const text = JSON.stringify(item);
  return text.includes(TAG) ? JSON.stringify(tagged(item)) : text;
}

export function fromStoredText(text: string): Item {
  const json = parseJson(text);
  if (!isJsonObject(json)) throw new Error("a stored item is not an object");
  return text.includes(TAG) ? itemOf(json) : plainItem(json);
}

/** Without tags, JSON is what the engine holds. */
const plainItem = (json: JsonObject): Item => json;

function tagged(value: Value): Json {
  if (value === null || typeof value !== "object") return value;
  if (value instanceof Decimal) return { $n: numberText(value) };
  if (value instanceof Binary) return { $b: value.base64 };
  if (value instanceof ValueSet) return { $s: [value.kind, ...value.members.keys()] };
  if (isList(value)) return value.map(tagged);
  const entries = Object.entries(value).map(([name, each]): [string, Json] => [name, tagged(each)]);
  const map = Object.fromEntries(entries);
  return entries.some(([name]) => name.startsWith("$")) ? { $m: map } : map;
}

function itemOf(json: JsonObject): Item {
  const { $m: inner } = json;
  return mapOf(isJsonObject(inner) ? inner : json);
}

function mapOf(json: JsonObject): Item {
  const map: Draft = {};
  for (const [name, each] of Object.entries(json)) setAttribute(map, name, untagged(each));
  return map;
}

function untagged(json: Json): Value {
  if (json === null || typeof json !== "object") return json;
  if (!isJsonObject(json)) return json.map(untagged);
  const { $n: number, $b: base64, $s: set } = json;
  if (typeof number === "string") return parseNumber(number);
  if (typeof base64 === "string") return new Binary(Buffer.from(base64, "base64"));
  if (Array.isArray(set)) return setOf(set.map(String));
  return itemOf(json);
}

function setOf([kind = "", ...keys]: readonly string[]): ValueSet {
  const read = READ_MEMBER[kind === "NS" || kind === "BS" ? kind : "SS"];
  const members = keys.map(read);
  return new ValueSet(
    kind === "NS" || kind === "BS" ? kind : "SS",
    new Map(members.map((member) => [memberKey(member), member])),
  );
}

const READ_MEMBER: Readonly<Record<SetKind, (key: string) => Member>> = {
  SS: (key) => key,
  NS: parseNumber,
  BS: (key) => new Binary(Buffer.from(key, "base64")),
};
