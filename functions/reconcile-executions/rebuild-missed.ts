import type { ExecutionStore } from "../../shared/execution/store/execution-store.ts";
import { loadProgress } from "../../shared/execution/store/execution-queries.ts";
import { rebuildLog } from "../../shared/execution/run/rebuild-log.ts";
import { EXECUTION_LIMITS } from "../../shared/execution/limits.ts";
import type { Execution } from "../../shared/execution/execution.ts";

/** What a sweep found missing in logs. */
export interface Rebuilt {
  /** Executions whose logs lacked something that their rows tell. */
  readonly rebuilt: number;
  readonly failed: readonly { readonly executionId: string; readonly error: unknown }[];
}

/**
 * Rebuilds what the projection missed of open executions of which it heard nothing for so long that it stands still or
 * lost its stream. An execution that only waits is read and found whole; so each sweep looks at
 * `EXECUTION_LIMITS.rebuiltPerSweep` executions, the next one at those after them.
 */
export async function rebuildMissed(executions: ExecutionStore, open: readonly Execution[], now: number): Promise<Rebuilt> {
  const { rebuiltPerSweep: share, rebuildAfterSeconds } = EXECUTION_LIMITS;
  const turn = Math.floor(now / 60_000) % Math.max(1, Math.ceil(open.length / share));
  let rebuilt = 0;
  const failed: { executionId: string; error: unknown }[] = [];
  for (const { tenant, executionId, submittedAt } of open.slice(turn * share, (turn + 1) * share)) {
    try {
      const { lastEventAt = submittedAt } = await loadProgress(executions, tenant, executionId);
      if (Date.parse(lastEventAt) > now - rebuildAfterSeconds * 1000) continue;
      if ((await rebuildLog(executions, { tenant, execution: executionId })) > 0) rebuilt += 1;
    } catch (error) {
      failed.push({ executionId, error });
    }
  }
  return { rebuilt, failed };
}
