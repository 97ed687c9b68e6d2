import { INCIDENT_LIMITS } from "../limits.ts";
import type { Finding, SystemSigns } from "./signs.ts";

/** Work queues in which too much waits, each a finding of its own. */
export const waitingWork =
  (isMeant: (queue: string) => boolean) =>
  ({ work }: SystemSigns, threshold: number): readonly Finding[] =>
    work.flatMap(({ name, waiting }): Finding[] => {
      if (!isMeant(name) || waiting <= threshold * INCIDENT_LIMITS.clearShare) return [];
      return [{ subject: name, state: waiting > threshold ? "breached" : "between", says: `${waiting} messages wait in ${name}`, facts: { queue: name, waiting } }];
    });

/** All messages that failed for good, together. */
export function deadLetters({ dead }: SystemSigns, threshold: number): readonly Finding[] {
  const waiting = dead.reduce((sum, queue) => sum + queue.waiting, 0);
  if (waiting <= threshold * INCIDENT_LIMITS.clearShare) return [];
  const queues = Object.fromEntries(dead.flatMap((queue) => (queue.waiting === 0 ? [] : [[queue.name, queue.waiting]])));
  return [{ subject: "", state: waiting > threshold ? "breached" : "between", says: `${waiting} messages failed for good`, facts: { waiting, queues } }];
}
