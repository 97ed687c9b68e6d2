import { createHash } from "node:crypto";
import type { PlanHash } from "./ids.ts";

/** A copy of a JSON value with all keys in order: equal values get equal bytes. Depth ≤ `LIMITS.definitionDepth`. */
export function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, field]) => [key, sortKeys(field)]));
}

/** Names content by its bytes: sha256, lower-case hex. */
export function contentHash(text: string): PlanHash {
  return createHash("sha256").update(text).digest("hex");
}

/** The next link of a chain: names the link before and what is added to it. sha256, lower-case hex. */
export function linkHash(before: string, added: readonly Uint8Array[]): string {
  const hash = createHash("sha256").update(before);
  for (const bytes of added) hash.update(bytes);
  return hash.digest("hex");
}
