import * as z from "zod";
import { type Json, type JsonObject, parseJson } from "../../../infra/local/json.ts";

/** What came of a call: its answer, or the name of its refusal with what goes with that. */
export type Found =
  { readonly answer: JsonObject } | { readonly refused: string; readonly reasons: Json; readonly item: Json };

const Refusal = z.looseObject({
  __type: z.string(),
  CancellationReasons: z.array(z.looseObject({ Code: z.string(), Item: z.json().optional() })).optional(),
  Item: z.json().optional(),
});
const Answer = z.record(z.string(), z.json());

const HEADERS = {
  "content-type": "application/x-amz-json-1.0",
  "x-amz-date": "20260101T000000Z",
  authorization:
    "AWS4-HMAC-SHA256 Credential=local/20260101/eu-central-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=0",
};

/** Calls DynamoDB without an SDK, which would refuse much of what is tried here by itself. */
export async function call(endpoint: string, operation: string, body: object): Promise<Found> {
  const headers = { ...HEADERS, "x-amz-target": `DynamoDB_20120810.${operation}` };
  const response = await fetch(endpoint, { method: "POST", headers, body: JSON.stringify(body) });
  const reply = parseJson(await response.text());
  if (response.ok) return { answer: Answer.parse(reply) };
  const { __type: type, CancellationReasons: reasons = [], Item: item = null } = Refusal.parse(reply);
  if (response.status >= 500)
    throw new Error(`${operation} failed: ${JSON.stringify(reply)} for ${JSON.stringify(body)}`);
  return {
    refused: type.split("#").at(-1) ?? type,
    reasons: reasons.map(({ Code, Item }) => ({ Code, Item: canonical(Item ?? null) })),
    item: canonical(item),
  };
}

/** Sets have no order, numbers many spellings, and an answer without items says so or not. */
export function canonical(json: Json): Json {
  if (json === null || typeof json !== "object") return json;
  if (isList(json)) return json.map(canonical);
  const entries = Object.entries(json).map(([name, value]): [string, Json] => {
    const { data: members } = z.array(z.string()).safeParse(value);
    if (name === "N" && typeof value === "string") return [name, spelling(value)];
    if (name === "NS" && members !== undefined) return [name, members.map(spelling).sort()];
    return [name, (name === "SS" || name === "BS") && members !== undefined ? members.sort() : canonical(value)];
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const isList = (json: Json): json is readonly Json[] => Array.isArray(json);

/** Digits and exponent, whichever way a number was written. */
function spelling(text: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, "");
  const bare = digits.replace(/0+$/, "");
  if (bare === "") return "0";
  return `${sign}${bare}e${Number(exponent) - fraction.length + digits.length - bare.length}`;
}
