import { ROOT } from "./address.ts";
import { expire, token } from "./session.ts";

/** Base of the API: the page lies in `ui/` below it. */
const API = ROOT.replace(/ui\/$/, "");

/** The API refused, or could not be reached (`status` 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly requestId: string | undefined;
  /** What is wrong with which field of the request. */
  readonly fields: readonly { readonly field: string; readonly message: string }[];
  readonly body: Readonly<Record<string, unknown>>;

  constructor(status: number, body: Readonly<Record<string, unknown>>, requestId?: string) {
    const text = (name: string): string | undefined => (typeof body[name] === "string" ? body[name] : undefined);
    super(text("detail") ?? text("title") ?? `the API answered ${status}`);
    this.status = status;
    this.title = text("title") ?? "something went wrong";
    this.code = (text("type") ?? "").split(":").at(-1) ?? "";
    this.requestId = requestId;
    this.body = body;
    this.fields = Array.isArray(body["errors"]) ? body["errors"].filter(isField) : [];
  }

  /** Whether the same request may succeed a little later. */
  get mayPass(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

const isField = (value: unknown): value is { field: string; message: string } =>
  typeof value === "object" && value !== null && "field" in value && "message" in value;

export interface Call {
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  /** Sent as it is instead of `body`. */
  readonly text?: { readonly content: string; readonly type: string };
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Sends a request and hands its reply over unread. @throws {ApiError} it was refused, or nothing answers. */
export async function open(method: string, path: string, call: Call = {}): Promise<Response> {
  const { body, text, headers = {}, signal } = call;
  const type = text?.type ?? (body === undefined ? undefined : "application/json");
  const values = Object.entries(call.query ?? {}).flatMap(([name, value]) => (value ? [[name, value]] : []));
  const search = values.length === 0 ? "" : `?${new URLSearchParams(values).toString()}`;
  let response: Response;
  try {
    response = await fetch(`${API}${path}${search}`, {
      method,
      headers: {
        authorization: `Bearer ${token.value ?? ""}`,
        ...(type === undefined ? {} : { "content-type": type }),
        ...headers,
      },
      ...(text === undefined && body === undefined ? {} : { body: text?.content ?? JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new ApiError(0, { title: "no answer", detail: "the orchestrator does not answer; it is tried again" });
  }
  if (response.ok) return response;
  if (response.status === 401) expire();
  throw new ApiError(response.status, await readProblem(response), response.headers.get("x-amzn-requestid") ?? undefined);
}

async function readProblem(response: Response): Promise<Record<string, unknown>> {
  try {
    const body: unknown = await response.json();
    return typeof body === "object" && body !== null ? { ...body } : {};
  } catch {
    return {};
  }
}

/**
 * Sends a request and reads its reply. The API of the page's own deployment answers, and every reply of it is held to its
 * schema by the tests, so it is taken at its word here: checking it once more would cost the page 85 kB.
 */
export async function send<Reply>(method: string, path: string, call: Call = {}): Promise<Reply> {
  const response = await open(method, path, call);
  const text = await response.text();
  const body: Reply = JSON.parse(text === "" ? "null" : text);
  return body;
}

/** A segment of a path. */
export const part = (text: string): string => encodeURIComponent(text);
