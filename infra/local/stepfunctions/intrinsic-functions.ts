import { hash } from "node:crypto";
import { isJsonArray, isJsonObject, parseJson, type Json, type JsonObject } from "./json.ts";

/** One evaluated argument; `template` is set when it was written as a quoted string. */
export interface Argument {
  readonly value: Json;
  readonly template?: string;
}

/** Random numbers in [0, 1). */
export type Random = () => number;
type IntrinsicFunction = (args: readonly Argument[], random: Random) => Json;

const MAX_ARRAY_ITEMS = 1_000;
const MAX_TEXT_CHARS = 10_000;
const HASHES = new Map([
  ["MD5", "md5"],
  ["SHA-1", "sha1"],
  ["SHA-256", "sha256"],
  ["SHA-384", "sha384"],
  ["SHA-512", "sha512"],
]);

const fail = (problem: string): never => {
  throw new Error(problem);
};

const at = (args: readonly Argument[], index: number): Json => {
  const argument = args[index];
  return argument === undefined ? fail(`argument ${index + 1} is missing`) : argument.value;
};

const text = (args: readonly Argument[], index: number): string => {
  const value = at(args, index);
  return typeof value === "string" ? value : fail(`argument ${index + 1} must be a string`);
};

const shortText = (args: readonly Argument[]): string => {
  const value = text(args, 0);
  return value.length > MAX_TEXT_CHARS ? fail(`argument 1 is longer than ${MAX_TEXT_CHARS} characters`) : value;
};

const integer = (args: readonly Argument[], index: number): number => {
  const value = at(args, index);
  return typeof value === "number" ? Math.round(value) : fail(`argument ${index + 1} must be a number`);
};

const list = (args: readonly Argument[], index: number): readonly Json[] => {
  const value = at(args, index);
  return isJsonArray(value) ? value : fail(`argument ${index + 1} must be an array`);
};

const object = (args: readonly Argument[], index: number): JsonObject => {
  const value = at(args, index);
  return isJsonObject(value) ? value : fail(`argument ${index + 1} must be an object`);
};

/** Equality of JSON values: members in any order, array items in theirs. */
const canonical = (value: Json): string =>
  JSON.stringify(value, (_key, inner: Json) =>
    isJsonObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );

function format(args: readonly Argument[]): string {
  const template = args[0]?.template ?? text(args, 0).replaceAll("\\", String.raw`\\`);
  let used = 0;
  const result = template.replaceAll(/\\(.)|\{\}/gs, (found, escaped: string | undefined) => {
    if (found !== "{}") return escaped ?? "";
    const value = at(args, ++used);
    return typeof value === "string" ? value : JSON.stringify(value);
  });
  return used === args.length - 1
    ? result
    : fail(`the template has ${used} placeholders for ${args.length - 1} arguments`);
}

function partition(args: readonly Argument[]): Json {
  const items = list(args, 0);
  const size = integer(args, 1);
  if (size < 1) fail("the chunk size must be positive");
  return Array.from({ length: Math.ceil(items.length / size) }, (_, chunk) =>
    items.slice(chunk * size, (chunk + 1) * size),
  );
}

function range(args: readonly Argument[]): Json {
  const [first, last, step] = [integer(args, 0), integer(args, 1), integer(args, 2)];
  if (step === 0) fail("the step must not be zero");
  const count = Math.max(0, Math.floor((last - first) / step) + 1);
  if (count > MAX_ARRAY_ITEMS) fail(`the range has more than ${MAX_ARRAY_ITEMS} items`);
  return Array.from({ length: count }, (_, index) => first + index * step);
}

function item(args: readonly Argument[]): Json {
  const index = integer(args, 1);
  const found = index < 0 ? undefined : list(args, 0)[index];
  return found === undefined ? fail(`the array has no item ${index}`) : found;
}

function unique(args: readonly Argument[]): Json {
  const seen = new Map<string, Json>();
  for (const value of list(args, 0)) if (!seen.has(canonical(value))) seen.set(canonical(value), value);
  return [...seen.values()];
}

function merge(args: readonly Argument[]): Json {
  if (at(args, 2) !== false) fail("only a shallow merge is supported: argument 3 must be false");
  return { ...object(args, 0), ...object(args, 1) };
}

function digest(args: readonly Argument[]): Json {
  const algorithm = HASHES.get(text(args, 1)) ?? fail(`unknown hash algorithm '${text(args, 1)}'`);
  const data = at(args, 0);
  return hash(algorithm, typeof data === "string" ? data : JSON.stringify(data), "hex");
}

function randomInteger(args: readonly Argument[], random: Random): Json {
  const [start, end] = [integer(args, 0), integer(args, 1)];
  if (end <= start) fail("the end must be greater than the start");
  const draw = args.length > 2 ? seeded(integer(args, 2)) : random();
  return start + Math.floor(draw * (end - start));
}

/** The first number of mulberry32: equal seeds give equal results. */
function seeded(seed: number): number {
  let state = (seed + 0x6d_2b_79_f5) | 0;
  state = Math.imul(state ^ (state >>> 15), state | 1);
  state ^= state + Math.imul(state ^ (state >>> 7), state | 61);
  return ((state ^ (state >>> 14)) >>> 0) / 4_294_967_296;
}

/** A version 4 UUID drawn from the given randomness. */
export function randomUuid(random: Random): string {
  return "10000000-1000-4000-8000-100000000000".replaceAll(/[018]/g, (digit) =>
    (Number(digit) ^ (Math.floor(random() * 16) >> (Number(digit) / 4))).toString(16),
  );
}

function split(args: readonly Argument[]): Json {
  const separators = new Set(text(args, 1));
  const parts: string[] = [""];
  for (const char of text(args, 0)) {
    if (separators.has(char)) parts.push("");
    else parts.push(`${parts.pop() ?? ""}${char}`);
  }
  return parts.filter((part) => part !== "");
}

/** The intrinsic functions of the Amazon States Language. Each throws an `Error` that says what is wrong. */
export const INTRINSIC_FUNCTIONS: ReadonlyMap<string, IntrinsicFunction> = new Map<string, IntrinsicFunction>([
  ["States.Format", format],
  ["States.StringToJson", (args) => parseJson(text(args, 0))],
  ["States.JsonToString", (args) => JSON.stringify(at(args, 0))],
  ["States.Array", (args) => args.map(({ value }) => value)],
  ["States.ArrayPartition", partition],
  ["States.ArrayContains", (args) => list(args, 0).some((one) => canonical(one) === canonical(at(args, 1)))],
  ["States.ArrayRange", range],
  ["States.ArrayGetItem", item],
  ["States.ArrayLength", (args) => list(args, 0).length],
  ["States.ArrayUnique", unique],
  ["States.Base64Encode", (args) => Buffer.from(shortText(args)).toString("base64")],
  ["States.Base64Decode", (args) => Buffer.from(shortText(args), "base64").toString()],
  ["States.Hash", digest],
  ["States.JsonMerge", merge],
  ["States.MathRandom", randomInteger],
  ["States.MathAdd", (args) => integer(args, 0) + integer(args, 1)],
  ["States.StringSplit", split],
  ["States.UUID", (_args, random) => randomUuid(random)],
]);
