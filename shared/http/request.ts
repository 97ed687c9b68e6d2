import * as z from "zod";
import { InvalidRequestError } from "../errors.ts";
import { LIMITS } from "../limits.ts";

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
 * @throws {InvalidRequestError} missing, too large, not JSON, or not what the schema says.
 */
export function parseBody<Schema extends z.ZodType>(schema: Schema, body: string | null): z.output<Schema> {
  return fit(schema, parseJson(body), "body");
}

function parseJson(body: string | null): unknown {
  if (body === null || body === "") return {};
  if (Buffer.byteLength(body) > LIMITS.requestBodyBytes) {
    const message = `is larger than ${LIMITS.requestBodyBytes} bytes; keep large inputs in storage and pass references`;
    throw new InvalidRequestError([{ field: "body", message }]);
  }
  try {
    return JSON.parse(body);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/ in JSON.*| \(line.*/s, "") : "it does not parse";
    throw new InvalidRequestError([{ field: "body", message: `must be JSON: ${reason}` }], { cause: error });
  }
}

const Cursor = z.record(z.string(), z.union([z.string(), z.number()]));

/** A page's end as an opaque text, bound to the listing it came from. */
export const encodeCursor = (next: Record<string, unknown> | undefined): string | undefined =>
  next === undefined ? undefined : Buffer.from(JSON.stringify(next)).toString("base64url");

/**
 * Reads a cursor back. `owner` is a prefix that each of the tenant's keys has: a cursor cannot lead to another's rows.
 *
 * @throws {InvalidRequestError} it is not a cursor of this listing.
 */
export function decodeCursor(cursor: string | undefined, owner: string): Record<string, unknown> | undefined {
  if (cursor === undefined) return undefined;
  try {
    const key = Cursor.parse(JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")));
    if (String(key["pk"]).startsWith(owner)) return key;
  } catch (error) {
    throw notACursor(error);
  }
  throw notACursor(undefined);
}

const notACursor = (cause: unknown): InvalidRequestError =>
  new InvalidRequestError([{ field: "query.cursor", message: "is not a cursor of this listing; leave it out to start" }], { cause });

/** `?limit=&cursor=` of every listing. */
export const PageQuery = {
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(4096).optional(),
};
