import { isObject } from "../../a2a/parts.ts";

/** Base64 longer than this says nothing to who reads words. */
const BASE64_CHARACTERS = 200;

/** A value as words, and what was left out of it. */
export interface Quote {
  /** Between fences that are longer than any inside, so that no value can pretend to be the text around it. */
  readonly text: string;
  /** How many of how many characters are there. @default - all */
  readonly cut?: { readonly shown: number; readonly of: number } | undefined;
}

/** Writes a value for who reads words: a text as it is, anything else as JSON, and not more than `most` characters. */
export function quote(value: unknown, most: number): Quote {
  const words = wordsOf(value);
  const whole = words ?? JSON.stringify(value, withoutBase64, 1);
  const shown = whole.length <= most ? whole : startOf(whole, most);
  const fence = fenceFor(shown);
  const text = `${fence}${words === undefined ? "json" : ""}\n${shown}\n${fence}`;
  return shown === whole ? { text } : { text, cut: { shown: shown.length, of: whole.length } };
}

/** The text that a value is, or holds and nothing else: how agents that answer in words are recorded. */
function wordsOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (!isObject(value)) return undefined;
  const { text, ...others } = value;
  return typeof text === "string" && Object.keys(others).length === 0 ? text : undefined;
}

function withoutBase64(key: string, value: unknown): unknown {
  const isLong = key === "bytes" && typeof value === "string" && value.length > BASE64_CHARACTERS;
  return isLong ? `(${value.length} characters of base64, left out here)` : value;
}

/** Never half of a character that takes two units. */
function startOf(text: string, most: number): string {
  const start = text.slice(0, most);
  return start.isWellFormed() ? start : start.slice(0, -1);
}

function fenceFor(text: string): string {
  const longest = (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 2);
  return "`".repeat(longest + 1);
}
