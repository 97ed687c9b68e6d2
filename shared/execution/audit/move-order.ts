import type { StoredEvent } from "../new-event.ts";
import type { ToldMove } from "../task/read-told.ts";

/** The place of an event in the life of its task. */
interface Rank {
  readonly task: string;
  readonly move: number;
  readonly place: number;
}

/**
 * Puts each task's events into the order of its moves, at the places that the task's events have among the others: a
 * log that was rebuilt from rows has them where they were found.
 */
export function inMoveOrder(events: readonly StoredEvent[], moves: readonly ToldMove[]): StoredEvent[] {
  const ranks = new Map<string, Rank>();
  for (const { task, move, events: told } of moves) {
    for (const [place, { event_id: id }] of told.entries()) ranks.set(id, { task, move, place });
  }
  const ranked = events.flatMap((event, index) => {
    const rank = ranks.get(event.event_id);
    return rank === undefined ? [] : [{ event, index, rank }];
  });
  const ordered = [...events];
  for (const own of Map.groupBy(ranked, ({ rank: { task } }) => task).values()) {
    const sorted = own.toSorted((a, b) => a.rank.move - b.rank.move || a.rank.place - b.rank.place);
    for (const [place, { index }] of own.entries()) {
      const next = sorted[place];
      if (next !== undefined) ordered[index] = next.event;
    }
  }
  return ordered;
}
