import { setTimeout as sleep } from "node:timers/promises";
import { ApiProblem } from "./api-errors.ts";

/** How patient following is. */
export interface FollowOptions {
  readonly signal?: AbortSignal;
  /** Pause before another attempt. @default 1000 */
  readonly retryMs?: number;
  /** How long the API may be gone before we are. @default 60000 */
  readonly patienceMs?: number;
}

/**
 * Yields what attempts yield, one attempt after the other, until one of them returns `"over"`. Survives restarts of the
 * other side.
 *
 * @throws {ApiProblem} a refusal that stands.
 * @throws {ConnectionError} the API was gone longer than `patienceMs`.
 */
export async function* persist<Item>(
  attempt: () => AsyncGenerator<Item, "over" | "again">,
  { signal, retryMs = 1000, patienceMs = 60_000 }: FollowOptions,
): AsyncGenerator<Item> {
  const isStopped = (): boolean => signal?.aborted === true;
  let goneSince: number | undefined;
  while (!isStopped()) {
    try {
      const items = attempt();
      for (let next = await items.next(); ; next = await items.next()) {
        goneSince = undefined;
        if (next.done !== true) yield next.value;
        else if (next.value === "over") return;
        else break;
      }
    } catch (error) {
      if (isFinal(error)) throw error;
      if (isStopped()) return;
      goneSince ??= Date.now();
      if (Date.now() - goneSince > patienceMs) throw error;
    }
    await sleep(retryMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}

/** A refusal that stands however often it is asked; a broken connection may come back. */
export const isFinal = (error: unknown): boolean => error instanceof ApiProblem && !error.mayPass;
