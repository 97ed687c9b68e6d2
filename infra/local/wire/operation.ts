import type * as z from "zod";
import type { Json } from "../json.ts";
import { AwsError } from "./aws-error.ts";

/** Answers one request of an AWS JSON protocol. @throws {AwsError} it is refused. */
export type Operation = (body: Json, signal: AbortSignal) => unknown;
export type Operations = Readonly<Record<string, Operation>>;

/** Makes {@link operation} for a service that refuses malformed requests with another code. */
export const operationRefusing =
  (code: string) =>
  <Request>(schema: z.ZodType<Request>, run: (request: Request, signal: AbortSignal) => unknown): Operation =>
  (body, signal) => {
    const parsed = schema.safeParse(body);
    if (parsed.success) return run(parsed.data, signal);
    const [issue] = parsed.error.issues;
    throw new AwsError(code, `${issue?.path.join(".") ?? "request"}: ${issue?.message ?? "invalid"}`);
  };

/** Ties an operation to the schema of its request. */
export const operation = operationRefusing("ValidationException");
