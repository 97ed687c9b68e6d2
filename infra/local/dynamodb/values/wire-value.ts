import * as z from "zod";
import type { Json, JsonObject } from "../../json.ts";
import { isJsonObject } from "../../json.ts";
import { invalid, invalidParameter } from "../refusal.ts";
import { numberText, parseNumber } from "./decimal.ts";
import type { Draft, Item, Member, SetKind, Value } from "./value.ts";
import { Binary, isList, isMap, memberKey, setAttribute, ValueSet } from "./value.ts";

/** AWS refuses deeper values. */
const MAX_DEPTH = 32;

/** Attribute values of a request: `{"pk": {"S": "a"}}`. @throws {DynamoRefusal} one of them is malformed. */
export function fromWireItem(json: unknown): Item {
  if (!isJsonObject(json)) throw serialization("attributes have to be an object");
  return readMap(json, 0);
}

export function toWireItem(item: Item): JsonObject {
  const out: Record<string, Json> = {};
  for (const name of Object.keys(item)) setWire(out, name, toWire(item[name] ?? null));
  return out;
}

/** A parameter that holds attributes by name. */
export const WireItem = z.unknown().transform(fromWireItem);

const serialization = (message: string): Error => invalid(`the request is malformed: ${message}`);

function readMap(json: JsonObject, depth: number): Item {
  const map: Draft = {};
  for (const [name, each] of Object.entries(json)) setAttribute(map, name, readValue(each, depth));
  return map;
}

function readValue(json: unknown, depth: number): Value {
  if (depth > MAX_DEPTH) throw invalid("Nesting Levels have exceeded supported limits");
  if (!isJsonObject(json)) throw serialization("an attribute value has to be an object of one type");
  const [entry, other] = Object.entries(json);
  if (entry === undefined || other !== undefined)
    throw invalidParameter("Supplied AttributeValue has more than one datatypes set or is empty");
  const [type, content] = entry;
  return readTyped(type, content, depth);
}

function readTyped(type: string, content: Json, depth: number): Value {
  switch (type) {
    case "S":
      return textOf(content, type).toWellFormed();
    case "N":
      return parseNumber(textOf(content, type));
    case "B":
      return binaryOf(textOf(content, type));
    case "BOOL":
      if (typeof content !== "boolean") throw serialization("BOOL has to be a boolean");
      return content;
    case "NULL":
      if (content !== true) throw invalidParameter("Null attribute value types must have the value of true");
      return null;
    case "L":
      return listOf(content, type).map((each) => readValue(each, depth + 1));
    case "M":
      if (!isJsonObject(content)) throw serialization("M has to be an object");
      return readMap(content, depth + 1);
    case "SS":
    case "NS":
    case "BS":
      return setOf(
        type,
        listOf(content, type).map((each) => READ_MEMBER[type](textOf(each, type))),
      );
    default:
      throw invalid(`Supplied AttributeValue is empty, must contain exactly one of the supported datatypes`);
  }
}

const READ_MEMBER: Readonly<Record<SetKind, (text: string) => Member>> = {
  SS: (text) => text.toWellFormed(),
  NS: parseNumber,
  BS: binaryOf,
};

/** @throws {DynamoRefusal} no members, or the same one twice. */
export function setOf(kind: SetKind, members: readonly Member[]): ValueSet {
  if (members.length === 0) throw invalidParameter(`An ${NAMES[kind]} set  may not be empty`);
  const byKey = new Map(members.map((member) => [memberKey(member), member]));
  if (byKey.size < members.length)
    throw invalidParameter(`Input collection [${[...byKey.keys()].join(", ")}] contains duplicates.`);
  return new ValueSet(kind, byKey);
}

const NAMES: Readonly<Record<SetKind, string>> = { SS: "string", NS: "number", BS: "binary" };

function binaryOf(text: string): Binary {
  const bytes = Buffer.from(text, "base64");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0)
    throw serialization("binary values have to be Base64 encoded");
  return new Binary(bytes);
}

function textOf(content: Json | undefined, type: string): string {
  if (typeof content !== "string") throw serialization(`${type} has to be a string`);
  return content;
}

function listOf(content: Json, type: string): readonly Json[] {
  if (!Array.isArray(content)) throw serialization(`${type} has to be a list`);
  return content;
}

function toWire(value: Value): Json {
  if (typeof value === "string") return { S: value };
  if (typeof value === "boolean") return { BOOL: value };
  if (value === null) return { NULL: true };
  if (value instanceof Binary) return { B: value.base64 };
  if (value instanceof ValueSet) return { [value.kind]: [...value.members.keys()] };
  if (isList(value)) return { L: value.map(toWire) };
  if (isMap(value)) return { M: toWireItem(value) };
  return { N: numberText(value) };
}

function setWire(out: Record<string, Json>, name: string, value: Json): void {
  if (name !== "__proto__") out[name] = value;
  else Object.defineProperty(out, name, { value, enumerable: true, configurable: true, writable: true });
}
