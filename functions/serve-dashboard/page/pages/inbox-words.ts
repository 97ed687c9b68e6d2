import type { InboxItem } from "../core/replies.ts";

const WORDS: Readonly<Record<InboxItem["kind"], string>> = {
  approval: "waits for a decision",
  input: "asks something",
  auth: "asks to be authorised",
  unknown_state: "is in a state that is not known",
  operator: "failed and waits for an operator",
  budget: "has used up its budget",
};

/** What a person is waited for, in words. */
export const inboxWords = (kind: InboxItem["kind"]): string => WORDS[kind];
