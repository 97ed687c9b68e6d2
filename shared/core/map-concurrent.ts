/**
 * Does something with every item, so many of them at a time: the next begins as soon as one is done. Results keep the
 * order of the items.
 *
 * After a failure no further item begins; the first failure is thrown once those under way are done.
 *
 * @example
 * const cards = await mapConcurrent(agents, 8, (agent) => fetchCard(agent.url));
 */
export async function mapConcurrent<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) {
      try {
        results[index] = await work(item, index);
      } catch (error) {
        failures.push(error);
      }
      if (failures.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
  return results;
}
