import type { KeyTest } from "../expression/key-condition.ts";
import { compileKeyCondition, keyTests } from "../expression/key-condition.ts";
import { invalid, invalidParameter } from "../refusal.ts";
import type { Bounds } from "../store/bounds.ts";
import type { Storage } from "../store/storage.ts";
import type { KeyAttribute } from "../table/key-text.ts";
import { checkKeyValue, keyText, SEPARATOR } from "../table/key-text.ts";
import type { Value } from "../values/value.ts";
import { compareText, typeOf } from "../values/value.ts";
import type { QueryRequest, SearchReply } from "./requests.ts";
import type { Search } from "./search.ts";
import { pageOf, prepareSearch, startPlace } from "./search.ts";

/** Items of one partition, in the order of their sort keys. */
export function query(storage: Storage, request: QueryRequest): SearchReply {
  if (request.KeyConditionExpression === undefined)
    throw invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
  const condition = compileKeyCondition(request.KeyConditionExpression);
  const search = prepareSearch(storage, request, condition);
  const tests = keyTests(condition, search.scope);
  const part = keyText(hashValue(search, tests));
  const descending = request.ScanIndexForward === false;
  const wanted = boundsOf(search, tests);
  if (wanted === undefined) return pageOf(storage, search, []);
  const bounds = { ...wanted, descending };
  const start = request.ExclusiveStartKey && startPlace(search, request.ExclusiveStartKey);
  if (start !== undefined && start.part !== part)
    throw invalid("The provided starting key is outside query boundaries based on provided conditions");
  const left = start === undefined ? bounds : behind(bounds, start.sort);
  return pageOf(storage, search, storage.rows.range(search.space, part, left));
}

function hashValue({ key: { hash, range } }: Search, tests: readonly KeyTest[]): Value {
  const unknown = tests.find(({ attribute }) => attribute !== hash.name && attribute !== range?.name);
  const test = tests.find(({ attribute }) => attribute === hash.name);
  if (test === undefined) throw invalid(`Query condition missed key schema element: ${hash.name}`);
  if (unknown !== undefined) throw invalid(`Query condition missed key schema element: ${range?.name ?? hash.name}`);
  if (tests.length === 2 && tests[0]?.attribute === tests[1]?.attribute)
    throw invalid("KeyConditionExpressions must only contain one condition per key");
  if (test.by !== "=") throw invalid("Query key condition not supported");
  return checked(hash, test.value, "hash");
}

function checked(attribute: KeyAttribute, value: Value, part: "hash" | "range"): Value {
  if (typeOf(value) !== attribute.type) throw invalidParameter("Condition parameter type does not match schema type");
  checkKeyValue(attribute, value, part);
  return value;
}

type Range = Pick<Bounds, "low" | "high">;

const EVERYTHING: Range = { low: undefined, high: undefined };

/** `undefined`: no key can lie there. */
function boundsOf({ key: { hash, range }, index }: Search, tests: readonly KeyTest[]): Range | undefined {
  const test = tests.find(({ attribute }) => attribute !== hash.name);
  if (test === undefined || range === undefined) return EVERYTHING;
  const { by, value, high } = test;
  if (by === "begins_with")
    return range.type === "N" ? wrongOperator() : prefixBounds(keyText(checked(range, value, "range")));
  const text = keyText(checked(range, value, "range"));
  if (by === "BETWEEN" && high !== undefined) {
    const top = keyText(checked(range, high, "range"));
    if (compareText(text, top) > 0)
      throw invalid(
        "Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be greater than or equal to lower bound",
      );
    return { low: ends(text, index !== undefined).from, high: ends(top, index !== undefined).upTo };
  }
  const { from, below, upTo, above } = ends(text, index !== undefined);
  if (by === "=") return { low: from, high: upTo };
  if (by === "<") return { low: undefined, high: below };
  if (by === "<=") return { low: undefined, high: upTo };
  return by === ">" ? { low: above, high: undefined } : { low: from, high: undefined };
}

function wrongOperator(): never {
  throw invalid(
    "Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or function: begins_with, operand type: N",
  );
}

/**
 * The four edges of one sort key. In an index the keys of the item follow behind a separator, which is less than any
 * other sign, so that everything of the key lies between the separator and its successor.
 */
function ends(
  text: string,
  isIndex: boolean,
): Readonly<Record<"from" | "below" | "upTo" | "above", NonNullable<Bounds["low"]>>> {
  if (!isIndex) {
    const [at, beside] = [
      { text, includes: true },
      { text, includes: false },
    ];
    return { from: at, below: beside, upTo: at, above: beside };
  }
  const first = text + SEPARATOR;
  const beyond = text + String.fromCodePoint((SEPARATOR.codePointAt(0) ?? 0) + 1);
  return {
    from: { text: first, includes: true },
    below: { text: first, includes: false },
    upTo: { text: beyond, includes: false },
    above: { text: beyond, includes: true },
  };
}

function prefixBounds(prefix: string): Range {
  const next = successor(prefix);
  return {
    low: { text: prefix, includes: true },
    high: next === undefined ? undefined : { text: next, includes: false },
  };
}

/** The least text beyond everything that begins so; `undefined`: there is none. */
function successor(prefix: string): string | undefined {
  const signs = Array.from(prefix);
  for (let last = signs.pop(); last !== undefined; last = signs.pop()) {
    const code = last.codePointAt(0) ?? 0;
    // Surrogates are no signs of their own.
    if (code < 0x10ffff) return signs.join("") + String.fromCodePoint(code === 0xd7ff ? 0xe000 : code + 1);
  }
  return undefined;
}

/** What of a stretch lies behind a sort key in the direction of reading. */
function behind(bounds: Bounds, sort: string): Bounds {
  const start = { text: sort, includes: false };
  const { low, high, descending } = bounds;
  if (descending) return high !== undefined && compareText(high.text, sort) <= 0 ? bounds : { ...bounds, high: start };
  return low !== undefined && compareText(low.text, sort) > 0 ? bounds : { ...bounds, low: start };
}
