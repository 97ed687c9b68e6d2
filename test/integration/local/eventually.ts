import { setTimeout as sleep } from "node:timers/promises";

/** Repeats a check until it passes; after `deadlineMs` its last failure is the test's. */
export async function eventually(check: () => Promise<void>, deadlineMs = 120_000): Promise<void> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(20);
    }
  }
}
