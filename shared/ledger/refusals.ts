import { ESCROW, TRUST } from "./contracts.ts";

/** What a contract says when it refuses a call. */
export interface Refusal {
  /** Name of the contract's error; `unknown` where it said nothing that we know. */
  readonly name: string;
  readonly text: string;
}

/** What to do about an intent that a contract refuses: it is done already, it may pass later, or it never will. */
export type RefusalMeaning = "done" | "later" | "never";

const MEANINGS: Readonly<Record<string, RefusalMeaning>> = {
  EscrowExists: "done",
  NothingOwed: "done",
  TooEarly: "later",
  NotBonded: "later",
  LimitReached: "later",
  UnknownEscrow: "later",
  TransferFailed: "never",
  TooLate: "never",
  WrongState: "never",
  WrongPayee: "never",
  WrongValue: "never",
  BadTerms: "never",
  NotAllowed: "never",
  BadRating: "never",
  SelfRating: "never",
};

/** Reads the data of a call that a contract refused. */
export function refusalOf(data: string | undefined): Refusal {
  const contracts = data === undefined ? [] : [ESCROW, TRUST];
  for (const { interface: described } of contracts) {
    const found = described.parseError(data ?? "0x");
    if (found !== null) return { name: found.name, text: `${found.name}(${found.args.map(String).join(", ")})` };
  }
  return { name: "unknown", text: "the contract refuses it and does not say why" };
}

/** What a refusal means for an intent. What nobody knows may pass: it is tried again, ever less often. */
export const meaningOf = ({ name }: Refusal): RefusalMeaning => MEANINGS[name] ?? "later";
