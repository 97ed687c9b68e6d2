import type { AgentView } from "../core/replies.ts";
import type { Look } from "../run/looks.ts";

/** How an agent looks. */
export function lookOfAgent({ status, quarantine, circuit_breaker: breaker }: AgentView): Look {
  if (quarantine !== undefined) return "wait";
  if (breaker.state === "open" || status === "INACTIVE") return "fail";
  if (status === "DECOMMISSIONED") return "skip";
  return status === "DEGRADED" || breaker.state === "half_open" ? "wait" : "done";
}

/** Where an agent stands, in words. */
export function agentWords({ status, quarantine, circuit_breaker: breaker }: AgentView): string {
  if (quarantine !== undefined) return "in quarantine";
  if (breaker.state === "open") return "breaker open";
  if (breaker.state === "half_open") return "being tried out";
  return status.toLowerCase();
}
