import type { Exchange, Exchanged, ExchangeRequest } from "./http-exchange.ts";
import { A2A_LIMITS } from "./limits.ts";

/** One HTTP exchange with an agent as people may read it: what could be a secret is left out. */
export interface ExchangeRecord {
  /** When it began, in milliseconds since 1970. */
  readonly at: number;
  readonly method: string;
  /** Without the values of its query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly durationMs: number;
  readonly reply?: { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string } | undefined;
  /** Why there is no whole reply. */
  readonly failure?: string | undefined;
}

/**
 * Headers whose values say nothing about who calls. Agents name their own headers for keys, so the others are shown as
 * being there and no more.
 */
const OPEN: ReadonlySet<string> = new Set([
  "accept",
  "a2a-extensions",
  "a2a-version",
  "cache-control",
  "connection",
  "content-length",
  "content-type",
  "date",
  "etag",
  "keep-alive",
  "retry-after",
  "server",
  "transfer-encoding",
  "user-agent",
]);
const HIDDEN = "[hidden]";

/** An exchange that tells each request, and what came of it, to a listener. */
export function loggedExchange(exchange: Exchange, tell: (record: ExchangeRecord) => void, now: () => number): Exchange {
  const logged = async (request: ExchangeRequest): Promise<Exchanged> => {
    const at = now();
    const end = (outcome: Pick<ExchangeRecord, "reply" | "failure">): void => {
      const { target, method, headers, body } = request;
      const durationMs = now() - at;
      tell({ at, method, url: readableUrl(target.url), headers: readableHeaders(headers), body: body === undefined ? undefined : cut(body), durationMs, ...outcome });
    };
    try {
      const exchanged = await exchange(request);
      end(outcomeOf(exchanged));
      return exchanged;
    } catch (error) {
      end({ failure: error instanceof Error ? error.message : "no connection" });
      throw error;
    }
  };
  return Object.assign(logged, { close: () => exchange.close() });
}

function outcomeOf(exchanged: Exchanged): Pick<ExchangeRecord, "reply" | "failure"> {
  switch (exchanged.kind) {
    case "reply": {
      const { status, headers, body } = exchanged;
      const texts = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
      return { reply: { status, headers: readableHeaders(Object.fromEntries(texts)), body: cut(body) } };
    }
    case "too-large":
      return { failure: `the reply is larger than ${exchanged.maxBytes} bytes` };
    case "not-sent":
      return { failure: `not sent: ${exchanged.reason}` };
    case "lost":
      return { failure: `no whole reply: ${exchanged.reason}` };
    default:
      return exchanged satisfies never;
  }
}

function readableHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, OPEN.has(name.toLowerCase()) ? value : HIDDEN]));
}

function readableUrl(url: URL): string {
  const shown = new URL(url);
  for (const name of new Set(shown.searchParams.keys())) shown.searchParams.set(name, HIDDEN);
  shown.username = "";
  shown.password = "";
  return shown.href;
}

function cut(text: string): string {
  const most = A2A_LIMITS.loggedCharacters;
  return text.length <= most ? text : `${text.slice(0, most)} (cut here: ${most} of ${text.length} characters)`;
}
