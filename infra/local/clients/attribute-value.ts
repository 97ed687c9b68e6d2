import { isJsonObject, type Json, type JsonObject } from "../json.ts";

/**
 * Values of JavaScript as attribute values of DynamoDB's protocol and back, as `@aws-sdk/util-dynamodb` has them with
 * `removeUndefinedValues`; binaries are base64 here already.
 *
 * @throws {Error} the value cannot be stored.
 */
export function toAttribute(value: unknown): JsonObject {
  switch (typeof value) {
    case "string":
      return { S: value };
    case "number":
      return { N: numberText(value) };
    case "boolean":
      return { BOOL: value };
    case "bigint":
      return { N: String(value) };
    case "object":
      return value === null ? { NULL: true } : fromObject(value);
    default:
      throw new Error(`a value of type ${typeof value} cannot be stored`);
  }
}

/** Attributes by name; what is undefined, or a function, is left out. */
export function toAttributes(item: object): JsonObject {
  const attributes: [string, Json][] = [];
  for (const [name, value] of Object.entries(item))
    if (value !== undefined && typeof value !== "function") attributes.push([name, toAttribute(value)]);
  return Object.fromEntries(attributes);
}

function fromObject(value: object): JsonObject {
  if (Array.isArray(value)) return { L: value.filter((each) => each !== undefined).map(toAttribute) };
  if (value instanceof Uint8Array) return { B: Buffer.from(value).toString("base64") };
  if (value instanceof Set) return fromSet([...value]);
  if (value instanceof Map) return { M: toAttributes(Object.fromEntries(value)) };
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw new Error(`an instance of ${value.constructor.name} cannot be stored`);
  return { M: toAttributes(value) };
}

function fromSet(members: readonly unknown[]): JsonObject {
  const [first] = members;
  if (first === undefined) throw new Error("an empty set cannot be stored");
  if (typeof first === "string") return { SS: members.map(String) };
  if (first instanceof Uint8Array)
    return { BS: members.flatMap((each) => (each instanceof Uint8Array ? [Buffer.from(each).toString("base64")] : [])) };
  return { NS: members.map((each) => (typeof each === "number" ? numberText(each) : String(each))) };
}

function numberText(value: number): string {
  if (!Number.isFinite(value)) throw new Error(`${value} cannot be stored: DynamoDB knows no such number`);
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER)
    throw new Error(`${value} cannot be stored: it is larger than what a number keeps exactly`);
  return String(value);
}

/** @throws {Error} a number with a fraction is too large to be kept exactly. */
export function fromAttribute(attribute: Json): unknown {
  const [entry] = isJsonObject(attribute) ? Object.entries(attribute) : [];
  if (entry === undefined) throw new Error(`${JSON.stringify(attribute)} is no attribute value`);
  const [type, content] = entry;
  if (type === "S" || type === "BOOL") return content;
  if (type === "N") return numberOf(content);
  if (type === "M") return fromAttributes(isJsonObject(content) ? content : {});
  if (type === "L") return listOf(content).map(fromAttribute);
  if (type === "NULL") return null;
  if (type === "B") return bytesOf(content);
  if (type === "SS") return new Set(listOf(content));
  if (type === "NS") return new Set(listOf(content).map(numberOf));
  return new Set(listOf(content).map(bytesOf));
}

/** Values by name. */
export function fromAttributes(attributes: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]: [string, Json]) => [name, fromAttribute(value)]));
}

const listOf = (content: Json): readonly Json[] => (Array.isArray(content) ? content : []);
const bytesOf = (content: Json): Uint8Array => new Uint8Array(Buffer.from(typeof content === "string" ? content : "", "base64"));

/** Whole numbers that a number does not keep exactly are bigints. */
function numberOf(content: Json): number | bigint {
  const value = Number(content);
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER || typeof content !== "string") return value;
  if (/^-?\d+$/.test(content)) return BigInt(content);
  throw new Error(`${content} is larger than what a number keeps exactly`);
}
