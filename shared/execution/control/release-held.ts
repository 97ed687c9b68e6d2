import { listHeld } from "../store/control-store.ts";
import { deleteHold, holdReader, saveHold } from "../store/hold-store.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import type { Hold, HoldPlace } from "../control.ts";
import type { ControlDeps } from "./control-deps.ts";
import { requeue } from "./steer.ts";

type HoldDeps = Pick<ControlDeps, "control" | "executions" | "mail" | "now">;

/** Nothing that the place covers starts any more, from a second later. Holding what is held changes nothing. */
export function placeHold(
  deps: HoldDeps,
  place: HoldPlace,
  { by, reason }: { by: string; reason?: string | undefined },
): Promise<Hold> {
  const at = deps.now().toISOString();
  return saveHold(deps.control, place, { by, at, ...(reason === undefined ? {} : { reason }) });
}

/** Takes a hold away and lets go on what no other one covers. Releasing what is not held changes nothing. */
export async function releaseHold(
  deps: HoldDeps,
  place: HoldPlace,
): Promise<{ readonly wasHeld: boolean; readonly released: number }> {
  const wasHeld = await deleteHold(deps.control, place);
  return { wasHeld, released: await releaseHeld(deps, { most: EXECUTION_LIMITS.releasedPerCall }) };
}

/**
 * Queues tasks again that were held back and that no hold covers any more. Those that the index does not show yet, and
 * those beyond `most`, are the sweep's.
 *
 * @returns how many.
 */
export async function releaseHeld(deps: Omit<HoldDeps, "now">, { most }: { most: number }): Promise<number> {
  // A reader of its own: what other readers remember may be a second old.
  const hold = holdReader(deps.control);
  let released = 0;
  let after: Record<string, unknown> | undefined;
  do {
    const page = await listHeld(deps.executions, { limit: EXECUTION_LIMITS.heldPerPage, after });
    const covered = await Promise.all(
      page.rows.map(({ message, workflowId = "" }) => hold(message.run.tenant, workflowId)),
    );
    const free = page.rows.filter((_, index) => covered[index] === undefined);
    await requeue(deps, free);
    released += free.length;
    after = page.next;
  } while (after !== undefined && released < most);
  return released;
}
