/** A trial of an agent as lines of text. */
import type { TrialView } from "../../../shared/agents/views/trials.ts";
import type { Paint } from "./paint.ts";
import { exchangeLines, textLines } from "./exchange-lines.ts";
import { formatSeconds, printable } from "./text.ts";

const STYLES = { running: "yellow", completed: "green", input_required: "magenta", failed: "red", timed_out: "red" } as const;

/** What came of it, then every exchange: what was sent (`>`), what was heard (`<`), and how long it took. */
export function trialLines(trial: TrialView, paint: Paint): string[] {
  const { status, output, failure, started_at: from, ended_at: to, exchanges, exchanges_left_out: left } = trial;
  const took = to === undefined ? "" : ` after ${formatSeconds((Date.parse(to) - Date.parse(from)) / 1000)}`;
  const task = trial.agent_task_id === undefined ? "" : ` (task ${printable(trial.agent_task_id)})`;
  return [
    `${paint(STYLES[status], status.replace("_", " "))}${took}${task}`,
    ...(failure === undefined ? [] : [`  ${printable(`${failure.code}: ${failure.message}`)}`]),
    ...(output === undefined ? [] : textLines("  ", typeof output === "string" ? output : JSON.stringify(output, null, 2))),
    ...exchanges.flatMap((exchange) => exchangeLines(exchange, paint)),
    ...(left === 0 ? [] : [paint("dim", `${left} exchanges between the first and the last ones are not kept`)]),
  ];
}
