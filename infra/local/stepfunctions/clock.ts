/** Time as the engine sees it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `fn` once, soon after `at` (milliseconds since 1970), never from inside this call; returns a cancel. */
  setTimer(at: number, fn: () => void): () => void;
}

// Node fires a longer setTimeout at once.
const MAX_TIMEOUT_MS = 2_147_483_647;

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(at, fn) {
    const delay = at - Date.now();
    if (delay <= 0) {
      const immediate = setImmediate(fn);
      return () => clearImmediate(immediate);
    }
    let cancel = (): void => clearTimeout(timeout);
    const timeout = setTimeout(
      () => {
        if (Date.now() >= at) fn();
        else cancel = systemClock.setTimer(at, fn);
      },
      Math.min(delay, MAX_TIMEOUT_MS),
    );
    return () => cancel();
  },
};
