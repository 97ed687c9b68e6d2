import { createHash } from "node:crypto";

/** Some of many, the same ones for the same seed; code that changes elsewhere changes few of them. */
export function sampleOf<Item extends { readonly id: string }>(items: readonly Item[], size: number, seed: string): readonly Item[] {
  const lot = ({ id }: Item): string => createHash("sha256").update(`${seed} ${id}`).digest("hex");
  return items
    .map((item) => ({ item, lot: lot(item) }))
    .toSorted((a, b) => (a.lot < b.lot ? -1 : 1))
    .slice(0, size)
    .map(({ item }) => item);
}
