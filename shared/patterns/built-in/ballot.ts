import * as z from "zod";
import { sortKeys } from "../../core/canonical-json.ts";

/** What an agent answers in a round, and how sure it is. */
export const Word = z.object({ answer: z.unknown(), confidence: z.number().optional(), rationale: z.string().optional() });

/** A value as text that is equal for equal values, whatever the order of keys. */
export const textOf = (value: unknown): string => JSON.stringify(sortKeys(value)) ?? "";

/** Entries that say the same, and what they say. */
export interface Camp<Entry> {
  readonly value: unknown;
  readonly entries: readonly Entry[];
}

/** Groups entries by what they say, the largest group first; of as many the one that was first. */
export function campsOf<Entry>(entries: readonly Entry[], said: (entry: Entry) => unknown): readonly Camp<Entry>[] {
  const groups = [...Map.groupBy(entries, (entry) => textOf(said(entry))).values()];
  return groups
    .flatMap((group) => group.slice(0, 1).map((first) => ({ value: said(first), entries: group })))
    .sort((a, b) => b.entries.length - a.entries.length);
}
