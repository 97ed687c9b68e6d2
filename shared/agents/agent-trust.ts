import { TRUST } from "./limits.ts";
import type { Agent } from "./agent.ts";
import { ageEvidence, trustScore } from "./registry/trust.ts";

/**
 * Trust at the time `now`, 0 to 5: what the agent's tasks earned it.
 *
 * Somebody may vouch for a newcomer (`initial_trust_score`): that counts as much as `TRUST.prior` tasks, so it is half
 * forgotten after ten of them. Without it a newcomer has 2.5.
 */
export function trustOf(
  { learned, initial_trust_score: vouched }: Pick<Agent, "learned" | "initial_trust_score">,
  now: number,
): number {
  const earned = trustScore(learned?.trust, now);
  if (vouched === undefined) return earned;
  const evidence = learned?.trust === undefined ? { completed: 0, failed: 0 } : ageEvidence(learned.trust, now);
  const share = TRUST.prior / (TRUST.prior + evidence.completed + evidence.failed);
  return vouched * share + earned * (1 - share);
}
