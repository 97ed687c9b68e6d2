/** What was sent to an agent and heard from it in one attempt, as lines of text. */
import type { AttemptTranscript, TranscriptEntry } from "../../../shared/execution/views/transcripts.ts";
import { exchangeLines, textLines } from "./exchange-lines.ts";
import type { Paint } from "./paint.ts";
import { formatSeconds, printable, usageText } from "./text.ts";

const ACTS = { send: "sent the task", look: "asked how it goes", find: "looked for a lost send", answer: "gave an answer", give_up: "gave up" } as const;

/** Each act under its own line: what it came to, then every exchange. */
export function transcriptLines({ entries, entries_left_out: left }: AttemptTranscript, paint: Paint): string[] {
  return [
    ...entries.flatMap((entry) => entryLines(entry, paint)),
    ...(left === 0 ? [] : [paint("dim", `${left} acts between the first and the last ones are not shown`)]),
  ];
}

function entryLines(entry: TranscriptEntry, paint: Paint): string[] {
  const { at, act, agent_id: agent, duration_ms: took, outcome, failure, usage, sent, exchanges, exchanges_left_out: left } = entry;
  const use = usage === undefined ? "" : `  ${usageText(usage)}`;
  return [
    paint("bold", printable(`${at}  ${agent}: ${ACTS[act]}`)) + `  ${printable(outcome)} after ${formatSeconds(took / 1000)}${use}`,
    ...(failure === undefined ? [] : [paint("red", printable(`  ${failure.code}: ${failure.message}`))]),
    ...(sent === undefined ? [] : [paint("dim", "  it had been sent:"), ...textLines("  ", JSON.stringify(sent, null, 2))]),
    ...exchanges.flatMap((exchange) => exchangeLines(exchange, paint)),
    ...(left === 0 ? [] : [paint("dim", `${left} exchanges between the first and the last ones are not kept`)]),
    "",
  ];
}
