import type { ServerResponse } from "node:http";
import * as z from "zod";
import { tryParseJson } from "../json.ts";

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const ProxyResult = z.object({
  statusCode: z.coerce.number().int().min(100).max(599),
  headers: z.record(z.string(), scalar).nullish(),
  multiValueHeaders: z.record(z.string(), z.array(scalar)).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

/** Writes what a proxy integration returned. @returns false when it is not a proxy result; nothing was written. */
export function writeProxyResult(response: ServerResponse, payload: string): boolean {
  const parsed = ProxyResult.safeParse(tryParseJson(payload));
  if (!parsed.success) return false;
  const { statusCode, headers, multiValueHeaders, body, isBase64Encoded } = parsed.data;
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
  for (const [name, values] of Object.entries(multiValueHeaders ?? {})) response.setHeader(name, values);
  if (!response.hasHeader("content-type") && body !== null && body !== undefined)
    response.setHeader("content-type", "application/json");
  const bytes = Buffer.from(body ?? "", isBase64Encoded === true ? "base64" : "utf8");
  response.setHeader("content-length", bytes.length);
  response.writeHead(statusCode);
  response.end(bytes);
  return true;
}
