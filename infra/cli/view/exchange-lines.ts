/** What was sent to an agent and heard from it, as lines of text. */
import type { AgentExchange } from "../../../shared/agents/views/exchanges.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./text.ts";

/** One exchange: what was sent (`>`), what was heard (`<`), and how long it took. */
export function exchangeLines({ at, duration_ms: took, request, reply, failure }: AgentExchange, paint: Paint): string[] {
  const answer = reply === undefined ? paint("red", printable(failure ?? "no reply")) : String(reply.status);
  return [
    "",
    paint("bold", printable(`${at}  ${request.method} ${request.url}`)) + `  ${answer}  ${took} ms`,
    ...headerLines(">", request.headers, paint),
    ...(request.body === undefined ? [] : textLines("> ", request.body)),
    ...(reply === undefined ? [] : [...headerLines("<", reply.headers, paint), ...textLines("< ", reply.body)]),
    ...(reply?.events_ms === undefined ? [] : [paint("dim", `  events after ${reply.events_ms.join(", ")} ms`)]),
  ];
}

const headerLines = (mark: string, headers: Readonly<Record<string, string>>, paint: Paint): string[] =>
  Object.entries(headers).map(([name, value]) => paint("dim", printable(`${mark} ${name}: ${value}`)));

/** A text under a mark, line by line. */
export const textLines = (mark: string, text: string): string[] => text.split("\n").map((line) => printable(`${mark}${line}`));
