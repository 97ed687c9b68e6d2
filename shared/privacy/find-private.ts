import { present } from "../core/present.ts";
import { findIbans, findLettered, findNumbers } from "./numbers.ts";
import { findAddresses, findBirths, findEmails, findPapers } from "./persons.ts";
import { plainText } from "./plain-text.ts";
import type { Region } from "./region.ts";
import { findSecrets } from "./secrets.ts";

/** Kinds of rules, the surest first: what one has found no later one divides. */
const FINDERS = [findSecrets, findEmails, findIbans, findBirths, findNumbers, findLettered, findAddresses, findPapers];

/**
 * Finds personal data and secrets in a text: by check digits, by the forms that issuers give, and by words before them in
 * fourteen languages. Names and postal addresses are not looked for.
 */
export function findPrivate(text: string): readonly Region[] {
  const { text: plain, places } = plainText(text);
  const regions: Region[] = [];
  let taken: Uint8Array | undefined;
  for (const find of FINDERS) {
    for (const region of find(plain)) {
      taken ??= new Uint8Array(plain.length);
      if (taken.subarray(region.start, region.end).includes(1)) continue;
      taken.fill(1, region.start, region.end);
      regions.push(region);
    }
  }
  const inOrder = regions.sort((a, b) => a.start - b.start);
  if (places === undefined) return inOrder;
  return inOrder.map(({ start, end, kind }) => ({ start: present(places[start]), end: present(places[end - 1]) + 1, kind }));
}

/** A text with its kind in place of each personal datum and secret. */
export function maskPrivate(text: string): string {
  let masked = "";
  let from = 0;
  for (const { start, end, kind } of findPrivate(text)) {
    masked += `${text.slice(from, start)}[${kind}]`;
    from = end;
  }
  return from === 0 ? text : masked + text.slice(from);
}
