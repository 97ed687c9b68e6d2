import * as z from "zod";
import { InvalidRequestError, OrchestratorError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { type AlteredNumber, type JsonSurvey, refusalOf, surveyJson } from "../core/survey-json.ts";

/** A body is larger than we take, or than a function can be handed. */
export class RequestTooLargeError extends OrchestratorError {
  static override readonly code = "RequestTooLarge";
  override readonly recovery = "fix-request";

  constructor(bytes: number, options?: ErrorOptions) {
    const most = LIMITS.requestBodyBytes;
    super(`the body has ${bytes} bytes, more than ${most}; upload what is large (POST /api/v1/uploads) and pass its reference instead`, options);
  }
}

/** The request shows no identity. API Gateway's authorizer answers before us; this is for routes it does not guard. */
export class UnauthenticatedError extends OrchestratorError {
  static override readonly code = "Unauthenticated";
  override readonly recovery = "fix-request";

  constructor(options?: ErrorOptions) {
    super("send a current token as 'Authorization: Bearer …'", options);
  }
}

/** @throws {RequestTooLargeError} the body is larger than `LIMITS.requestBodyBytes`. */
export function checkBodySize(body: string): void {
  const bytes = Buffer.byteLength(body);
  if (bytes > LIMITS.requestBodyBytes) throw new RequestTooLargeError(bytes);
}

/** Fits `value` to a schema, or says which fields do not fit, all at once. */
export function fit<Schema extends z.ZodType>(schema: Schema, value: unknown, where: string): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new InvalidRequestError(
    result.error.issues.map(({ path, message }) => ({ field: [where, ...path.map(String)].join("."), message })),
  );
}

/**
 * Parses a JSON body.
 *
 * @throws {RequestTooLargeError} as `checkBodySize`.
 * @throws {InvalidRequestError} missing, not JSON, or not what the schema says.
 */
export function parseBody<Schema extends z.ZodType>(schema: Schema, body: string | null): z.output<Schema> {
  return fit(schema, parseJson(body), "body");
}

function parseJson(body: string | null): unknown {
  if (body === null || body === "") return {};
  checkBodySize(body);
  return readJsonText(body, "body");
}

/**
 * Parses JSON that is going to be kept. @param field what it is called in errors.
 *
 * @throws {InvalidRequestError} not JSON, nested too deep, or with numbers that would not be kept as they are.
 */
export function readJsonText(text: string, field: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    const { depth, altered, halves } = surveyJson(text);
    if (depth > LIMITS.requestBodyDepth) throw tooDeep(field, depth);
    refuseAltered({ altered, halves }, field);
    return value;
  } catch (error) {
    if (error instanceof InvalidRequestError) throw error;
    const reason = error instanceof Error ? error.message.replace(/ in JSON.*| \(line.*/s, "") : "it does not parse";
    throw new InvalidRequestError([{ field, message: `must be JSON: ${reason}` }], { cause: error });
  }
}

const tooDeep = (field: string, depth: number): InvalidRequestError =>
  new InvalidRequestError([{ field, message: `is nested ${depth} levels deep, more than ${LIMITS.requestBodyDepth}; flatten it` }]);

/**
 * Refuses numbers and texts that would not be kept as they were sent. @param where what their fields are named after, if
 * anything.
 *
 * @throws {InvalidRequestError} there is one; the error names each field.
 */
export function refuseAltered({ altered, halves }: Altered, where?: string): void {
  if (altered.length === 0 && halves.length === 0) return;
  const fieldOf = (path: AlteredNumber["path"]): string => [...(where === undefined ? [] : [where]), ...path].join(".");
  throw new InvalidRequestError([
    ...altered.map((number) => ({ field: fieldOf(number.path), message: refusalOf(number) })),
    ...halves.map((path) => ({ field: fieldOf(path), message: "has half a character, a surrogate alone; send whole characters" })),
  ]);
}

/** What of a text would not be kept as it was sent. */
export type Altered = Pick<JsonSurvey, "altered" | "halves">;

/** Key attributes; DynamoDB takes no empty ones and none longer. */
const Cursor = z.record(z.string(), z.string().min(1).max(1024));

/** A page's end as an opaque text. */
export const encodeCursor = (next: Record<string, unknown> | undefined): string | undefined =>
  next === undefined ? undefined : Buffer.from(JSON.stringify(next)).toString("base64url");

/** The keys that a listing's cursors have: how the value of each must begin, or `=` and what it must be. */
export type CursorShape = Readonly<Record<string, string>>;

/**
 * Reads a cursor back. Cursors come from callers, so each key is checked: neither another tenant's rows nor another
 * listing's can be reached, and DynamoDB is handed nothing it would refuse.
 *
 * @throws {InvalidRequestError} it is not a cursor of this listing.
 */
export function decodeCursor(cursor: string | undefined, shape: CursorShape): Record<string, unknown> | undefined {
  if (cursor === undefined) return undefined;
  try {
    const key = Cursor.parse(JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")));
    const isOurs = Object.entries(shape).every(([name, rule]) => fitsRule(key[name] ?? "", rule));
    if (isOurs && Object.keys(key).length === Object.keys(shape).length) return key;
  } catch (error) {
    throw notACursor(error);
  }
  throw notACursor(undefined);
}

const fitsRule = (value: string, rule: string): boolean =>
  rule.startsWith("=") ? value === rule.slice(1) : value !== "" && value.startsWith(rule);

const notACursor = (cause: unknown): InvalidRequestError =>
  new InvalidRequestError([{ field: "query.cursor", message: "is not a cursor of this listing; leave it out to start" }], { cause });

/** `?limit=&cursor=` of every listing. */
export const PageQuery = {
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(4096).optional(),
};
