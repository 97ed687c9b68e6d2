import { isBrazilian, isCard, isIban, ibanLength, isItalian, isNationalNumber, isSpanish, isTellingNumber } from "./check-digits.ts";
import { cuesBefore } from "./cues.ts";
import { matchesOf, type PrivateKind, type Region } from "./region.ts";

/** Digits with what people put between them. */
const DIGITS = /(?:\+\s?)?\(?\d(?:[ .\-/()]{0,3}\d|\s\d){5,24}/g;
/** What a telephone's number ends with, inside a house. */
const EXTENSION = /^\s?(?:x|ext\.?|int\.?|poste|durchwahl)\s?\d{1,6}(?!\d)/i;
const WORD = /[\p{L}\p{N}_]/u;

/** Finds cards, phones, numbers of persons and of accounts: by their check digits, their form, or the word before them. */
export function findNumbers(text: string): Region[] {
  const found: Region[] = [];
  for (const match of matchesOf(DIGITS, text)) {
    const start = match.index;
    const end = start + match[0].length;
    const extension = EXTENSION.exec(text.slice(end, end + 20))?.[0] ?? "";
    const kind = kindOf(text, start, { value: match[0], isExtended: extension !== "" });
    if (kind !== undefined) found.push({ start, end: kind === "phone" ? end + extension.length : end, kind });
    else found.push(...cardIn(text, start, match[0]));
  }
  return found;
}

/** A number that begins with a card goes on with something else: `… 9395, 12`. */
function cardIn(text: string, start: number, value: string): Region[] {
  if (value.length < 18) return [];
  const match = /(?<!\d)\d{4}([ -]{1,2})(?:\d{4}\1\d{4}\1\d{4}|\d{6}\1\d{5})(?!\d)/.exec(value);
  if (match === null || !isCard(digitsOf(match[0])) || !standsAlone(text, start + match.index, match[0].length)) return [];
  const from = start + match.index;
  return [{ start: from, end: from + match[0].length, kind: "card" }];
}

const digitsOf = (value: string): string => value.replace(/\D/g, "");

function standsAlone(text: string, start: number, length: number): boolean {
  const before = text.charAt(start - 1);
  const after = text.charAt(start + length);
  return !/[a-z\d_]/i.test(before) && !/\d/.test(after) && !(/[.-]/.test(before) && WORD.test(text.charAt(start - 2)));
}

function kindOf(text: string, start: number, { value, isExtended }: { value: string; isExtended: boolean }): PrivateKind | undefined {
  const digits = digitsOf(value);
  const count = digits.length;
  const isOwn = standsAlone(text, start, value.length);
  const isPart = !isExtended && count < 13 && /[a-z_\u00c0-\u024f]/i.test(text.charAt(start + value.length));
  if (!isOwn || isPart) return undefined;
  if (count >= 13 && isCard(digits) && isGroupedAsCard(value)) return "card";
  if (value.startsWith("+")) return count >= 8 && count <= 15 ? "phone" : undefined;
  if (isTellingNumber(digits)) return "national_id";
  if (count === 11 && /^\d{3}\.\d{3}\.\d{3}-\d\d$/.test(value) && isBrazilian(digits)) return "national_id";
  return cuedKind(text, start, { value, digits });
}

const isGroupedAsCard = (value: string): boolean => /^(?:\d+|\d{4}([ .-]{1,2})\d{4}\1\d{4}\1\d{1,4}(?:\1\d{3})?|\d{4}([ .-]{1,2})\d{6}\2\d{4,5})$/.test(value);

function cuedKind(text: string, start: number, { value, digits }: { value: string; digits: string }): PrivateKind | undefined {
  const count = digits.length;
  if (count === 12 && /^\d{4} \d{4} \d{4}$/.test(value) && isNationalNumber(digits)) return "national_id";
  if (count < 6 || count > 18 || /^\d{4}[-/]\d\d[-/]\d\d/.test(value)) return undefined;
  const cues = cuesBefore(text, start);
  if (cues.size === 0) return undefined;
  if (cues.has("ssn") && count === 9 && !/^(?:000|666|9)|^...00|0000$/.test(digits)) return "ssn";
  if (cues.has("national_id") && count >= 8) return "national_id";
  if (cues.has("phone") && count >= 7 && count <= 15) return "phone";
  const isOfCloud = count === 12 && /[:=]\s?\[?\s?"?$/.test(text.slice(Math.max(0, start - 4), start));
  return cues.has("bank_account") && count <= 17 && !isOfCloud ? "bank_account" : undefined;
}

/** Looks ahead, so that what is none hides none that begins inside it. */
const IBAN = /[a-z]{2}\d\d(?=((?:[\s-]{0,3}[a-z0-9]){11,30}))/gi;

/** Finds account numbers whose check digits fit, in groups, over lines, in either case. */
export function findIbans(text: string): Region[] {
  if (!/[a-z]\d\d[ \da-z-]/i.test(text)) return [];
  const found: Region[] = [];
  for (const match of matchesOf(IBAN, text)) {
    const length = ibanLength(match[0].slice(0, 2).toUpperCase());
    if (length === undefined || /[\p{L}\p{N}]/u.test(text.charAt(match.index - 1))) continue;
    const value = match[0] + (match[1] ?? "");
    const end = endOf(value, length);
    const account = value.slice(0, end).replace(/[\s-]/g, "").toUpperCase();
    if (isIban(account)) found.push({ start: match.index, end: match.index + end, kind: "iban" });
  }
  return found;
}

/** Where so many letters and digits end. */
function endOf(value: string, length: number): number {
  let seen = 0;
  for (let place = 0; place < value.length; place += 1) {
    if (/[a-z0-9]/i.test(value.charAt(place))) seen += 1;
    if (seen === length) return place + 1;
  }
  return value.length;
}

/** Numbers with letters, what a text has that has one, and whether their check letters fit. */
const LETTERED: readonly { readonly hint: RegExp; readonly pattern: RegExp; readonly fits: (value: string) => boolean }[] = [
  { hint: /\d{7}[ -]?[A-Z]/i, pattern: /(?<![\p{L}\p{N}-])[XYZ]?\d{7,8}[ -]?[A-HJ-NP-TV-Z](?![\p{L}\p{N}])/giu, fits: isSpanish },
  {
    hint: /\d[A-Z]\d\d[A-Z]\d{3}[A-Z]/i,
    pattern: /(?<![\p{L}\p{N}])[A-Z]{6}[\dLMNP-V]{2}[ABCDEHLMPRST][\dLMNP-V]{2}[A-Z][\dLMNP-V]{3}[A-Z](?![\p{L}\p{N}])/giu,
    fits: isItalian,
  },
  {
    hint: /\d\d ?\d\d ?\d\d ?[A-D]/,
    pattern: /(?<![\p{L}\p{N}])[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D](?![\p{L}\p{N}])/gu,
    fits: (value) => !/^(?:BG|GB|NK|KN|TN|NT|ZZ)/.test(value),
  },
  { hint: /\d{17}X/i, pattern: /(?<![\p{L}\p{N}])[1-9]\d{5}(?:19|20)\d{9}X(?![\p{L}\p{N}])/giu, fits: isNationalNumber },
];

/** Finds numbers of persons that have letters, by their check letters. */
export function findLettered(text: string): Region[] {
  if (!/\d\d[A-Z]|\d\d [A-D]|\d-[A-Z]/i.test(text)) return [];
  return LETTERED.filter(({ hint }) => hint.test(text)).flatMap(({ pattern, fits }) =>
    matchesOf(pattern, text)
      .filter(([value]) => fits(value.replace(/[ -]/g, "").toUpperCase()))
      .map((match) => ({ start: match.index, end: match.index + match[0].length, kind: "national_id" as const })),
  );
}
