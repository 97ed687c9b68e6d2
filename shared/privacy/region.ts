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
