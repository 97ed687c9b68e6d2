import type { ExchangeRecord } from "../../a2a/exchange-log.ts";
import type { AgentExchange } from "../views/exchanges.ts";

/** An exchange as the API prints it. */
const viewExchange = ({ at, method, url, headers, body, durationMs, reply, failure }: ExchangeRecord): AgentExchange => ({
  at: new Date(at).toISOString(),
  duration_ms: durationMs,
  request: { method, url, headers: { ...headers }, ...(body === undefined ? {} : { body }) },
  ...(reply === undefined ? {} : { reply: viewReply(reply) }),
  ...(failure === undefined ? {} : { failure }),
});

const viewReply = ({ eventsMs, headers, ...reply }: NonNullable<ExchangeRecord["reply"]>): NonNullable<AgentExchange["reply"]> => ({
  ...reply,
  headers: { ...headers },
  ...(eventsMs === undefined ? {} : { events_ms: [...eventsMs] }),
});

/** The first and the last exchanges, `each` of them: in between stand looks at a task that goes on. */
export function viewExchanges(records: readonly ExchangeRecord[], each: number): { exchanges: AgentExchange[]; exchanges_left_out: number } {
  const kept = records.length <= 2 * each ? records : [...records.slice(0, each), ...records.slice(-each)];
  return { exchanges: kept.map(viewExchange), exchanges_left_out: records.length - kept.length };
}

/** Characters of a body that are kept at first where not all fit. */
const FIRST_CUT = 10_000;

/** Cuts bodies to half of what they were, again and again, until the whole of what holds them has at most `bytes`. */
export function fitExchanges<View extends { exchanges: AgentExchange[] }>(view: View, bytes: number): View {
  let next = view;
  for (let most = FIRST_CUT; Buffer.byteLength(JSON.stringify(next)) > bytes && most > 0; most = Math.floor(most / 2)) {
    next = { ...next, exchanges: next.exchanges.map((exchange) => shortened(exchange, most)) };
  }
  return next;
}

function shortened({ request, reply, ...rest }: AgentExchange, most: number): AgentExchange {
  const cut = (text: string): string => (text.length <= most ? text : `${text.slice(0, most).toWellFormed()} (cut here)`);
  return {
    ...rest,
    ...(rest.failure === undefined ? {} : { failure: cut(rest.failure) }),
    request: { ...request, ...(request.body === undefined ? {} : { body: cut(request.body) }) },
    ...(reply === undefined ? {} : { reply: { ...reply, body: cut(reply.body), ...eventsOf(reply, most) } }),
  };
}

const eventsOf = ({ events_ms: times }: NonNullable<AgentExchange["reply"]>, most: number) => (times === undefined ? {} : { events_ms: times.slice(0, most) });
