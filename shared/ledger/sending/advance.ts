import { nextDue } from "../store/intent-store.ts";
import { openNonces } from "../store/nonce-store.ts";
import { assignIntents } from "./assign.ts";
import { driveNonces } from "./drive.ts";
import type { SendingDeps } from "./sending.ts";
import { settleIn } from "./settle-in.ts";

/** What is left after a pass. */
export interface LeftOver {
  /** Transactions that are not final. */
  readonly open: number;
  /** When the next intent is due. */
  readonly due: string | undefined;
}

/**
 * One pass over everything that is to happen on the chain: intents get transactions, transactions are sent, replaced and
 * watched. Whoever dies between any two steps, or does the same at the same time, does no harm: rows say what is left.
 *
 * @throws {NodeUnavailableError} no node answers: everything waits as it is.
 */
export async function advance(deps: SendingDeps): Promise<LeftOver> {
  const { signer } = await settleIn(deps);
  await assignIntents(deps, signer, await openNonces(deps.store, signer));
  const open = await driveNonces(deps, signer);
  return { open, due: await nextDue(deps.store) };
}
