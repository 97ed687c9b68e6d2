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
  readonly reply?: RecordedReply | undefined;
  /** Why there is no whole reply. */
  readonly failure?: string | undefined;
}

interface RecordedReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Of a stream: how many milliseconds after the beginning each event had come. */
  readonly eventsMs?: readonly number[] | undefined;
}

/** One HTTP exchange as it was, secrets included: `readExchange` makes it readable. Never kept or printed as it is. */
export interface HeardExchange {
  readonly at: number;
  readonly durationMs: number;
  readonly request: ExchangeRequest;
  /** What came of it, or what the exchange threw. */
  readonly outcome: Exchanged | { readonly kind: "thrown"; readonly error: unknown };
  /** What came before the exchange ended, where it was read on the way: pieces of the body and when they came. */
  readonly pieces: readonly { readonly ms: number; readonly text: string }[];
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
export function loggedExchange(exchange: Exchange, tell: (heard: HeardExchange) => void, now: () => number): Exchange {
  const logged = async (request: ExchangeRequest): Promise<Exchanged> => {
    const at = now();
    const pieces: { ms: number; text: string }[] = [];
    const end = (outcome: HeardExchange["outcome"]): void => tell({ at, durationMs: now() - at, request, outcome, pieces });
    const { onText } = request;
    const listened: ExchangeRequest =
      onText === undefined
        ? request
        : {
            ...request,
            onText: (text, type) => {
              pieces.push({ ms: now() - at, text });
              return onText(text, type);
            },
          };
    try {
      const exchanged = await exchange(listened);
      end(exchanged);
      return exchanged;
    } catch (error) {
      end({ kind: "thrown", error });
      throw error;
    }
  };
  return Object.assign(logged, { close: () => exchange.close() });
}

/**
 * Makes an exchange readable. Credentials that it carried are hidden wherever they stand, in what the agent said too; so are
 * the signatures of links.
 *
 * @param secrets others that its bodies may hold, such as the token for a push.
 */
export function readExchange({ at, durationMs, request, outcome, pieces }: HeardExchange, secrets: readonly string[] = []): ExchangeRecord {
  const { target, method, headers, body } = request;
  const clean = cleanerOf([...secrets, ...secretsOf(request)]);
  const shown = (text: string): string => cut(clean(text));
  return {
    at,
    method,
    url: readableUrl(target.url),
    headers: readableHeaders(headers),
    body: body === undefined ? undefined : shown(body),
    durationMs,
    ...readOutcome(outcome, pieces, shown),
  };
}

function readOutcome(
  outcome: HeardExchange["outcome"],
  pieces: HeardExchange["pieces"],
  shown: (text: string) => string,
): Pick<ExchangeRecord, "reply" | "failure"> {
  switch (outcome.kind) {
    case "reply": {
      const { status, headers, body } = outcome;
      const texts = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
      const isStream = String(headers["content-type"]).startsWith("text/event-stream");
      const events = isStream ? { eventsMs: eventTimes(pieces) } : {};
      return { reply: { status, headers: readableHeaders(Object.fromEntries(texts)), body: shown(body), ...events } };
    }
    case "too-large":
      return { failure: `the reply is larger than ${outcome.maxBytes} bytes` };
    case "not-sent":
      return { failure: `not sent: ${outcome.reason}` };
    case "lost": {
      const heard = pieces.map(({ text }) => text).join("");
      return { failure: `no whole reply: ${outcome.reason}${heard === "" ? "" : `; heard until then: ${shown(heard)}`}` };
    }
    case "thrown":
      return { failure: outcome.error instanceof Error ? outcome.error.message : "no connection" };
    default:
      return outcome satisfies never;
  }
}

/** When each event of a stream had come: an event ends with a blank line. */
function eventTimes(pieces: HeardExchange["pieces"]): number[] {
  let before = "";
  return pieces.flatMap(({ ms, text }) => {
    const ends = (before + text).split(/\r\n\r\n|\n\n|\r\r/);
    before = ends.pop() ?? "";
    return ends.filter((event) => event.trim() !== "").map(() => ms);
  });
}

/** Values that say who calls: of headers that are not open, and of the query. */
function secretsOf({ target, headers }: ExchangeRequest): string[] {
  const hidden = Object.entries(headers).flatMap(([name, value]) => (OPEN.has(name.toLowerCase()) ? [] : [value, value.replace(/^\S+ /, "")]));
  return [...hidden, ...target.url.searchParams.values()];
}

/** Shorter values are no credentials, and hiding them would spoil the text. */
const LEAST_SECRET = 8;
/** What signs a link to a payload, in a URL or in JSON. */
const SIGNATURE = /(X-Amz-(?:Signature|Credential|Security-Token)=)[^&"\\\s]+/g;

function cleanerOf(secrets: readonly string[]): (text: string) => string {
  const values = [...new Set(secrets)].filter((value) => value.length >= LEAST_SECRET).toSorted((a, b) => b.length - a.length);
  return (text) => values.reduce((clean, value) => clean.replaceAll(value, HIDDEN), text).replaceAll(SIGNATURE, `$1${HIDDEN}`);
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
