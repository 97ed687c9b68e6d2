import type { Json, JsonObject } from "../../../infra/local/json.ts";
import { CLEARING, type Command, TABLES } from "./commands.ts";
import { call, canonical, type Found } from "./wire.ts";

/** Makes both tables, whatever was there. */
export async function createTables(endpoint: string): Promise<void> {
  for (const table of TABLES) {
    await call(endpoint, "DeleteTable", { TableName: table["TableName"] });
    const found = await call(endpoint, "CreateTable", table);
    if (!("answer" in found)) throw new Error(`CreateTable: ${JSON.stringify(found)}`);
  }
}

export async function clear(endpoint: string): Promise<void> {
  for (const { operation, body } of CLEARING) await call(endpoint, operation, body);
}

/** What came of a command, in a form that two implementations share: pages are read to their end, sets are sorted. */
export async function observe(endpoint: string, { operation, body }: Command): Promise<Json> {
  if (operation !== "Query" && operation !== "Scan")
    return plain({ operation, body }, await call(endpoint, operation, body));
  const items: Json[] = [];
  let start: Json | undefined;
  for (;;) {
    const found = await call(endpoint, operation, {
      ...body,
      Limit: 2,
      ...(start !== undefined && { ExclusiveStartKey: start }),
    });
    if (!("answer" in found)) return plain({ operation, body }, found);
    const { Items: page, LastEvaluatedKey: next } = found.answer;
    if (Array.isArray(page)) items.push(...page.map(canonical));
    if (next === undefined) break;
    start = next;
  }
  // A scan promises no order, and neither does an index between entries of equal keys.
  const isOrdered = operation === "Query" && body["IndexName"] === undefined;
  return { items: isOrdered ? items : sorted(items) };
}

/** What an update of a part of an attribute has updated: the part to AWS, the attribute to DynamoDB Local. */
const updatesParts = ({ ReturnValues, UpdateExpression }: JsonObject): boolean =>
  (ReturnValues === "UPDATED_NEW" || ReturnValues === "UPDATED_OLD") &&
  typeof UpdateExpression === "string" &&
  /[.[]/.test(UpdateExpression);

function plain({ operation, body }: Command, found: Found): Json {
  if (!("answer" in found)) return refusal(found);
  if (updatesParts(body)) return "updated";
  const { Item = null, Attributes = null, Responses = null } = found.answer;
  if (operation !== "BatchGetItem")
    return { Item: canonical(Item), Attributes: emptyAsNone(canonical(Attributes)), Responses: canonical(Responses) };
  return {
    Responses: Object.fromEntries(
      Object.entries(isObject(Responses) ? Responses : {}).map(([table, items]) => [
        table,
        sorted(Array.isArray(items) ? items.map(canonical) : []),
      ]),
    ),
  };
}

/**
 * A write of a transaction that its item does not allow is a reason, `ValidationError`, as AWS documents it; others refuse
 * the call as a whole.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
function refusal({ refused, reasons, item }: Exclude<Found, { answer: unknown }>): Json {
  const isUnfit =
    Array.isArray(reasons) && reasons.some((reason) => isObject(reason) && reason["Code"] === "ValidationError");
  return isUnfit ? { refused: "ValidationException", reasons: [], item: null } : { refused, reasons, item };
}

const isObject = (json: Json): json is JsonObject => typeof json === "object" && json !== null && !Array.isArray(json);
const emptyAsNone = (json: Json): Json => (isObject(json) && Object.keys(json).length === 0 ? null : json);
const sorted = (items: readonly Json[]): Json[] =>
  items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
