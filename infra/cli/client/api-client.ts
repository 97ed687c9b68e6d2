import * as z from "zod";
import { Problem } from "../../../shared/core/problem.ts";
import { type ApiFlaw, ApiProblem, ConnectionError } from "./api-errors.ts";

/** Where the API is and who we are there. */
export interface Connection {
  /** Base URL, stage included. */
  readonly url: string;
  readonly token: string;
}

/** One request. */
export interface ApiCall {
  readonly path: string;
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly text?: { readonly content: string; readonly type: string };
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

const REPLY_TIMEOUT_MS = 35_000;

/**
 * Sends a request and reads its reply.
 *
 * @throws {ApiProblem} the API refused.
 * @throws {ConnectionError} no answer came, or it is not one of this API.
 */
export async function callApi<Schema extends z.ZodType>(
  connection: Connection,
  call: ApiCall,
  schema: Schema,
): Promise<z.output<Schema>> {
  const deadline = AbortSignal.timeout(REPLY_TIMEOUT_MS);
  const signal = call.signal === undefined ? deadline : AbortSignal.any([call.signal, deadline]);
  const response = await openReply(connection, { ...call, signal });
  const text = await readText(response, connection);
  if (!response.ok) throw problemOf(response.status, text);
  const parsed = schema.safeParse(text === "" ? undefined : parseJson(text, connection));
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
  throw notOurApi(connection, `the reply to ${call.path} has another shape (${where})`);
}

/**
 * Sends a request and hands over its reply, body unread, whatever its status.
 *
 * @throws {ConnectionError} no answer came.
 */
export async function openReply(connection: Connection, call: ApiCall): Promise<Response> {
  const { body, text } = call;
  const url = urlOf(connection, call);
  const type = text?.type ?? (body === undefined ? undefined : "application/json");
  try {
    return await fetch(url, {
      method: call.method ?? "GET",
      headers: {
        authorization: `Bearer ${connection.token}`,
        ...(type === undefined ? {} : { "content-type": type }),
        ...call.headers,
      },
      ...(text === undefined && body === undefined ? {} : { body: text?.content ?? JSON.stringify(body) }),
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    });
  } catch (error) {
    throw unreachable(connection, error);
  }
}

/** The error that a refused request's reply stands for. */
export function problemOf(status: number, text: string): ApiProblem {
  const { data } = Refusal.safeParse(tryJson(text));
  if (data === undefined) {
    return new ApiProblem({ status, title: `the server answered ${status}`, detail: text.slice(0, 300) });
  }
  const { title, detail, errors = [] } = data;
  const flaws = errors.map(({ field, path, ...flaw }): ApiFlaw => ({ ...flaw, place: field ?? path ?? "" }));
  return new ApiProblem({ status, title, detail, flaws });
}

/** Problem details; also the gateway's own `{"message": …}`. */
const Refusal = z.union([
  z.object({
    title: Problem.shape.title,
    detail: Problem.shape.detail.default(""),
    errors: Problem.shape.errors.catch([]),
  }),
  z.object({ message: z.string() }).transform(({ message }) => ({ title: message, detail: "", errors: [] })),
]);

function urlOf({ url }: Connection, { path, query = {} }: ApiCall): URL {
  const target = new URL(`${url.replace(/\/+$/, "")}${path}`);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) target.searchParams.set(name, value);
  return target;
}

async function readText(response: Response, connection: Connection): Promise<string> {
  try {
    return await response.text();
  } catch (error) {
    throw unreachable(connection, error);
  }
}

function parseJson(text: string, connection: Connection): unknown {
  const value = tryJson(text);
  if (value === undefined) throw notOurApi(connection, "the reply is not JSON");
  return value;
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const notOurApi = ({ url }: Connection, what: string): ConnectionError =>
  new ConnectionError(
    `${url}: ${what}`,
    "check that the URL is this API's, and that both sides are of the same release",
  );

function unreachable({ url }: Connection, cause: unknown): ConnectionError {
  const isSlow = cause instanceof DOMException && cause.name === "TimeoutError";
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
  const what = isSlow ? `no answer within ${REPLY_TIMEOUT_MS / 1000} s` : `no connection (${inner})`;
  return new ConnectionError(`${url}: ${what}`, "start the orchestrator with `npm start`, or give --url", { cause });
}
