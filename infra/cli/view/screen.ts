import type { Output } from "./paint.ts";

const ESCAPE = "\u001b[";

/** Shows lines again and again: in place on a terminal, one after another elsewhere, and only what changed. */
export interface Screen {
  readonly show: (lines: readonly string[]) => void;
}

/** @param output where it shows; in place when `isTTY`. */
export function openScreen(output: Output): Screen {
  let drawn = "";
  let height = 0;
  return {
    show: (lines) => {
      const isTerminal = output.isTTY === true;
      const end = isTerminal ? `${ESCAPE}K\n` : "\n";
      const text = lines.map((line) => `${line}${end}`).join("");
      if (text === drawn) return;
      const up = height === 0 ? "" : `${ESCAPE}${height}A\r`;
      // No wrapping while drawing (DECAWM): a line that is too long must not take two rows.
      output.write(isTerminal ? `${ESCAPE}?7l${up}${text}${ESCAPE}J${ESCAPE}?7h` : text);
      height = lines.length;
      drawn = text;
    },
  };
}
