/**
 * What a JSON text says that our values cannot hold. Doubles keep 15 digits of any number and at most 17 of some;
 * `JSON.parse` rounds the rest without a word, and what is beyond 1.8e308 comes out as `null` in the end.
 */

/** A number that would not be kept as its writer wrote it. */
export interface AlteredNumber {
  /** Where it stands: keys as the text spells them, places in lists from 0. */
  readonly path: readonly (string | number)[];
  readonly source: string;
  /** Only digits behind the 15th of a fraction would be lost. */
  readonly isRounded: boolean;
}

/** What is to be known of a JSON text before it is parsed. */
export interface JsonSurvey {
  /** Brackets inside each other. */
  readonly depth: number;
  readonly altered: readonly AlteredNumber[];
  /** Where texts or keys hold half a character (a surrogate alone), which no table and no other program takes. */
  readonly halves: readonly AlteredNumber["path"][];
}

/** The largest double has 309 digits; what is longer loses some in any case. */
const MOST_CHARACTERS = 400;
/** A number of fewer characters and without an exponent has at most 15 digits, which a double keeps. */
const ALWAYS_KEPT = 16;
/** More make the refusal no clearer. */
const MOST_TOLD = 20;

/** Looks through a text in one pass that does not recurse. A text that is no JSON is surveyed as far as it goes. */
export function surveyJson(text: string): JsonSurvey {
  const trail: (string | number)[] = [];
  const altered: AlteredNumber[] = [];
  const halves: AlteredNumber["path"][] = [];
  const mayHaveHalves = SURROGATE.test(text);
  let [depth, lastText] = [0, ""];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? "";
    const place = trail.at(-1);
    if (character === '"') {
      const end = endOfText(text, at);
      lastText = text.slice(at + 1, end);
      if (mayHaveHalves && hasHalf(lastText) && halves.length < MOST_TOLD) halves.push([...trail]);
      at = end;
    } else if (character === "{" || character === "[") {
      depth = Math.max(depth, trail.push(character === "[" ? 0 : ""));
    } else if (character === "}" || character === "]") trail.pop();
    else if (character === ":") trail[trail.length - 1] = lastText;
    else if (character === ",") trail[trail.length - 1] = typeof place === "number" ? place + 1 : "";
    else if (character === "-" || (character >= "0" && character <= "9")) {
      const source = numberAt(text, at);
      at += source.length - 1;
      if (!isKept(source) && altered.length < MOST_TOLD) altered.push({ path: [...trail], source, isRounded: isRounded(source) });
    }
  }
  return { depth, altered, halves };
}

/** Half of a character outside the basic plane, as an escape writes it. */
const SURROGATE = /\\u[dD][89a-fA-F]/;
/** Pairs before halves, and other escapes so that no backslash is taken for the beginning of one. */
const ESCAPES = /\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|(u[dD][89a-fA-F][\da-fA-F]{2})|[^])/g;

const hasHalf = (text: string): boolean => SURROGATE.test(text) && wellFormedJson(text) !== text;

/** The JSON text with U+FFFD for every half character that an escape stands for; most texts cost one search. */
export const wellFormedJson = (text: string): string =>
  SURROGATE.test(text) ? text.replace(ESCAPES, (escape, half: string | undefined) => (half === undefined ? escape : "\\ufffd")) : text;

/** What opens so many brackets may be nested as deep: most texts do not. */
const OPENING = (count: number): RegExp => new RegExp(`(?:[^[{]*[[{]){${count + 1}}`, "y");

/** Whether a text is nested deeper than `most` levels. @returns a test that costs one search where it is not. */
export function deeperThan(most: number): (text: string) => boolean {
  const opening = OPENING(most);
  return (text) => {
    opening.lastIndex = 0;
    return opening.test(text) && surveyJson(text).depth > most;
  };
}

/** Every number that is altered has one of these: 16 digits or more, or an exponent. */
const MAY_BE_ALTERED = /[\d.]{16}|\d[eE]/;

/** The altered numbers of a text alone: most texts, however large, cost one search. */
export const alteredNumbers = (text: string): readonly AlteredNumber[] =>
  MAY_BE_ALTERED.test(text) ? surveyJson(text).altered : [];

/** The quote that ends a text: one behind an even number of backslashes. */
function endOfText(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === "\\") backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

function numberAt(text: string, at: number): string {
  const number = /[-+.\deE]+/y;
  number.lastIndex = at;
  return number.exec(text)?.[0] ?? text.slice(at, at + 1);
}

function isKept(source: string): boolean {
  if (source.length < ALWAYS_KEPT && !/e/i.test(source)) return true;
  if (source.length > MOST_CHARACTERS) return false;
  const value = Number(source);
  return Number.isFinite(value) && sameDecimal(source, String(value));
}

function sameDecimal(one: string, other: string): boolean {
  const [a, b] = [decimalOf(one), decimalOf(other)];
  return a.digits === b.digits && (a.digits === "" || a.exponent === b.exponent);
}

function isRounded(source: string): boolean {
  if (source.length > MOST_CHARACTERS) return false;
  const value = Number(source);
  return Number.isFinite(value) && value !== 0 && decimalOf(source).exponent < 0;
}

/** A number as whole digits, without zeros around them, times a power of ten. */
function decimalOf(source: string): { readonly digits: string; readonly exponent: number } {
  const [, whole = "", fraction = "", power = "0"] = /^-?(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(source) ?? [];
  const all = `${whole}${fraction}`.replace(/^0+/, "");
  const digits = all.replace(/0+$/, "");
  return { digits, exponent: Number(power) - fraction.length + all.length - digits.length };
}

/** Says of a number why it is refused, and what to do. */
export function refusalOf({ source }: AlteredNumber): string {
  const shown = source.length > 48 ? `${source.slice(0, 45)}...` : source;
  return `is ${shown}, a number that would be altered; send it as a text`;
}
