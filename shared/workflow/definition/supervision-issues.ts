import { type Issue, type IssuePath, issue } from "./issue.ts";
import type { SupervisionReading } from "./supervision.ts";

/** What is wrong with a pattern that stands beside tasks, or that it changes nothing. */
export function supervisionIssues({ findings, unheard }: SupervisionReading, root: IssuePath): Issue[] {
  const flaws = findings.map(({ path, message, remedy }) =>
    issue({
      code: path[0] === "members" ? "InvalidMembers" : "InvalidValue",
      severity: "error",
      message,
      remedy,
      segments: [...root, "pattern", ...path],
    }),
  );
  if (unheard === undefined) return flaws;
  return [...flaws, issue({ code: "PatternUnheard", severity: "warning", ...unheard, segments: [...root, "orchestration_pattern"] })];
}
