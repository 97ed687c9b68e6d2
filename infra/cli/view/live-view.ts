import { isFinished } from "../../../shared/execution/execution.ts";
import type { StageStatus } from "../../../shared/execution/views/status.ts";
import { type Output, type Paint } from "./paint.ts";
import { changeLines, progressLines } from "./progress.ts";

const REDRAW_MS = 100;
const ESCAPE = "\u001b[";
/** What a pipe's width counts as. */
const PLAIN_COLUMNS = 100;

/** Shows progress as it comes: a picture redrawn in place on a terminal, lines of changes elsewhere. */
export interface LiveView extends Disposable {
  readonly show: (status: StageStatus) => void;
}

/** @param output where it shows; the picture needs `isTTY`. */
export function openLiveView(output: Output, paint: Paint, now: () => number = Date.now): LiveView {
  return output.isTTY === true ? drawInPlace(output, paint, now) : writeChanges(output);
}

function writeChanges(output: Output): LiveView {
  let last: StageStatus | undefined;
  return {
    show: (status) => {
      for (const line of changeLines(last, status)) output.write(`${line}\n`);
      last = status;
    },
    [Symbol.dispose]: () => undefined,
  };
}

function drawInPlace(output: Output, paint: Paint, now: () => number): LiveView {
  let status: StageStatus | undefined;
  let height = 0;
  let drawn = "";
  const draw = (): void => {
    if (status === undefined) return;
    const { columns = PLAIN_COLUMNS, rows = 24 } = output;
    const lines = progressLines({ status, now: now(), columns, rows: rows - 1, paint });
    const text = lines.map((line) => `${line}${ESCAPE}K\n`).join("");
    if (text === drawn) return;
    // No wrapping while drawing (DECAWM): a line that is too long must not take two rows.
    const up = height === 0 ? "" : `${ESCAPE}${height}A\r`;
    output.write(`${ESCAPE}?25l${ESCAPE}?7l${up}${text}${ESCAPE}J${ESCAPE}?7h${ESCAPE}?25h`);
    height = lines.length;
    drawn = text;
  };
  const timer = setInterval(draw, REDRAW_MS);
  return {
    show: (next) => {
      status = next;
      if (isFinished(next.status)) clearInterval(timer);
      draw();
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
