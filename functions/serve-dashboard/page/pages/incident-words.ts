import type { IncidentView } from "../core/replies.ts";
import type { Look } from "../run/looks.ts";

/** How an incident looks. */
export function lookOfIncident({ status, severity }: Pick<IncidentView, "status" | "severity">): Look {
  if (status === "resolved") return "done";
  if (status === "acknowledged") return "run";
  return severity === "critical" || severity === "high" ? "fail" : "wait";
}

/** Where an incident stands, in words. */
export const incidentWords = ({ status, severity, flapping }: Pick<IncidentView, "status" | "severity" | "flapping">): string =>
  `${severity}, ${status}${flapping ? ", flapping" : ""}`;
