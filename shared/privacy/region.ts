/** What kind of personal data or secret a part of a text is. */
export type PrivateKind =
  | "email"
  | "phone"
  | "card"
  | "iban"
  | "bank_account"
  | "national_id"
  | "ssn"
  | "passport"
  | "plate"
  | "dob"
  | "ip"
  | "password"
  | "api_key"
  | "aws_key"
  | "token"
  | "cookie"
  | "basic_auth"
  | "private_key";

/** A part of a text, in UTF-16 code units: `text.slice(start, end)`. */
export interface Region {
  readonly start: number;
  readonly end: number;
  readonly kind: PrivateKind;
}

const NOTHING: readonly RegExpExecArray[] = [];

/** All matches of a pattern that is global: as `matchAll`, which copies the pattern each time. */
export function matchesOf(pattern: RegExp, text: string): readonly RegExpExecArray[] {
  pattern.lastIndex = 0;
  let match = pattern.exec(text);
  if (match === null) return NOTHING;
  const found: RegExpExecArray[] = [];
  for (; match !== null; match = pattern.exec(text)) found.push(match);
  return found;
}
