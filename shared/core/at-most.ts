/** How an `LRUCache` is told that it may hold so many entries: every entry counts as one. */
export interface EntryLimit {
  readonly maxSize: number;
  readonly sizeCalculation: () => number;
}

/**
 * Limits a cache to so many entries. The cache's own `max` would lay out all of its places when the cache is made: a
 * megabyte for 20 000, in every function that starts.
 *
 * @example
 * const cards = new LRUCache<string, Card>(atMost(2000));
 */
export const atMost = (entries: number): EntryLimit => ({ maxSize: entries, sizeCalculation: () => 1 });
