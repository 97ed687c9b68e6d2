import { invalidParameter } from "../refusal.ts";
import { sortableNumber } from "../values/decimal.ts";
import type { Value } from "../values/value.ts";
import { Binary, isNumber, typeOf } from "../values/value.ts";

/** Type of a key attribute. */
export type KeyType = "S" | "N" | "B";

/** A key attribute and its type. */
export interface KeyAttribute {
  readonly name: string;
  readonly type: KeyType;
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
const MAX_BYTES = { hash: 2048, range: 1024 } as const;

/**
 * Key values as text that sorts as DynamoDB sorts them, byte by byte in UTF-8. It is free of `\u0000`, at which SQLite
 * ends a text here and there, and of `\u0001`, which stands between the texts of several keys.
 */
export function keyText(value: Value): string {
  if (typeof value === "string") return escaped(value);
  if (isNumber(value)) return sortableNumber(value);
  if (value instanceof Binary) return value.bytes.toString("hex");
  throw invalidParameter(`a key cannot be of type ${typeOf(value)}`);
}

// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0002]/g;

const escaped = (text: string): string =>
  text.replaceAll(CONTROL, (sign) => `\u0002${String.fromCodePoint((sign.codePointAt(0) ?? 0) + 2)}`);

export const SEPARATOR = "\u0001";

/** @throws {DynamoRefusal} a key is empty, too long or of another type than declared. */
export function checkKeyValue(attribute: KeyAttribute, value: Value, part: keyof typeof MAX_BYTES): void {
  const { name, type } = attribute;
  const found = typeOf(value);
  if (found !== type) throw invalidParameter(`Type mismatch for key ${name} expected: ${type} actual: ${found}`);
  if (isNumber(value)) return;
  const bytes =
    typeof value === "string" ? Buffer.byteLength(value) : value instanceof Binary ? value.bytes.byteLength : 0;
  if (bytes === 0)
    throw invalidParameter(
      `The AttributeValue for a key attribute cannot contain an empty ${type === "S" ? "string" : "binary"} value. Key: ${name}`,
    );
  if (bytes > MAX_BYTES[part])
    throw invalidParameter(
      `Size of ${part === "hash" ? "hashkey" : "rangekey"} has exceeded the maximum size limit of ${MAX_BYTES[part]} bytes`,
    );
}
