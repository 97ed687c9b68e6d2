import type { Message } from "./message.ts";

/** The messages of a queue that may be received now. */
export interface Backlog {
  readonly size: number;
  add(message: Message): void;
  /** Removes and returns up to `max` messages, in the order in which they should be received. */
  take(max: number): Message[];
  /** Tells that a taken message was deleted or came back. */
  release(message: Message): void;
  remove(message: Message): void;
}

/** A queue of its own per group, without the cost of `Array.shift`. */
class Lane {
  #items: Message[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(message: Message): void {
    this.#items.push(message);
  }

  shift(): Message | undefined {
    const message = this.#items[this.#head];
    this.#head += 1;
    if (this.#head > 512 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return message;
  }

  /** Puts a message back where its sequence number belongs. */
  insert(message: Message): void {
    let at = this.#items.length;
    while (at > this.#head && (this.#items[at - 1]?.seq ?? 0) > message.seq) at -= 1;
    this.#items.splice(at, 0, message);
  }

  remove(message: Message): boolean {
    const at = this.#items.indexOf(message, this.#head);
    if (at >= 0) this.#items.splice(at, 1);
    return at >= 0;
  }
}

/** A standard queue. Groups take turns, so a tenant with a long backlog does not hold up the others (fair queues). */
export class FairBacklog implements Backlog {
  readonly #lanes = new Map<string, Lane>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(message: Message): void {
    const group = message.groupId ?? "";
    let lane = this.#lanes.get(group);
    if (lane === undefined) this.#lanes.set(group, (lane = new Lane()));
    lane.push(message);
    this.#size += 1;
  }

  take(max: number): Message[] {
    const taken: Message[] = [];
    while (taken.length < max && this.#size > 0) {
      for (const [group, lane] of this.#lanes) {
        const message = lane.shift();
        this.#lanes.delete(group);
        // Re-insertion at the end is the rotation: the next receive starts with the group whose turn it is.
        if (lane.length > 0) this.#lanes.set(group, lane);
        if (message !== undefined) taken.push(message);
        this.#size -= 1;
        if (taken.length === max || this.#size === 0) break;
      }
    }
    return taken;
  }

  release(): void {}

  remove(message: Message): void {
    if (this.#lanes.get(message.groupId ?? "")?.remove(message) === true) this.#size -= 1;
  }
}

/** A FIFO queue: a group with a message in flight is locked, and messages of a group leave in order. */
export class FifoBacklog implements Backlog {
  readonly #lanes = new Map<string, Lane>();
  readonly #inFlight = new Map<string, number>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(message: Message): void {
    const group = message.groupId ?? "";
    let lane = this.#lanes.get(group);
    if (lane === undefined) this.#lanes.set(group, (lane = new Lane()));
    lane.insert(message);
    this.#size += 1;
  }

  take(max: number): Message[] {
    const taken: Message[] = [];
    for (const [group, lane] of this.#lanes) {
      if (taken.length >= max) break;
      if ((this.#inFlight.get(group) ?? 0) > 0) continue;
      const count = Math.min(max - taken.length, lane.length);
      for (let index = 0; index < count; index++) {
        const message = lane.shift();
        if (message !== undefined) taken.push(message);
      }
      this.#inFlight.set(group, count);
      this.#size -= count;
      this.#lanes.delete(group);
      if (lane.length > 0) this.#lanes.set(group, lane);
    }
    return taken;
  }

  release(message: Message): void {
    const group = message.groupId ?? "";
    const left = (this.#inFlight.get(group) ?? 0) - 1;
    if (left > 0) this.#inFlight.set(group, left);
    else this.#inFlight.delete(group);
  }

  remove(message: Message): void {
    if (this.#lanes.get(message.groupId ?? "")?.remove(message) === true) this.#size -= 1;
  }

  /** Locks the group of a message that was in flight before a restart. */
  hold(message: Message): void {
    const group = message.groupId ?? "";
    this.#inFlight.set(group, (this.#inFlight.get(group) ?? 0) + 1);
  }
}
