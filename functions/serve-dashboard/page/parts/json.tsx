import type { JSX } from "preact";
import { bytes } from "../core/words.ts";

/** More is cut: it is too long to read, and it would hold up the page. */
const SHOWN_CHARACTERS = 40_000;

/** A value as text: plain where it is a text, indented JSON otherwise. */
export function Json({ value, label }: { readonly value: unknown; readonly label: string }): JSX.Element {
  const text = typeof value === "string" ? value : JSON.stringify(value, undefined, 2);
  const isCut = text.length > SHOWN_CHARACTERS;
  return (
    <>
      <pre tabIndex={0} role="region" aria-label={label}>{isCut ? text.slice(0, SHOWN_CHARACTERS) : text}</pre>
      {isCut ? <p class="hint">The first {bytes(SHOWN_CHARACTERS)} of {bytes(text.length)}.</p> : null}
    </>
  );
}
