import { WORKFLOW_LIMITS } from "../limits.ts";
import { type Issue, issue, type Severity } from "./issue.ts";

/** Collects findings up to `WORKFLOW_LIMITS.issuesPerReport` of each severity; further ones are counted, not described. */
export class IssueList {
  readonly #issues: Issue[] = [];
  readonly #counts: Record<Severity, number> = { error: 0, warning: 0, optimization: 0 };

  /** `describe` runs only when the finding will be listed, so that costly suggestions stay bounded. */
  add(severity: Severity, describe: () => Omit<Issue, "path" | "severity">): void {
    if (++this.#counts[severity] <= WORKFLOW_LIMITS.issuesPerReport) this.#issues.push(issue({ ...describe(), severity }));
  }

  addAll(issues: readonly Issue[]): void {
    for (const each of issues) this.add(each.severity, () => each);
  }

  get hasErrors(): boolean {
    return this.#counts.error > 0;
  }

  /** Everything listed, and a line for what was only counted. */
  all(): Issue[] {
    const severities: readonly Severity[] = ["error", "warning", "optimization"];
    const more = severities.flatMap((severity) => {
      const unlisted = this.#counts[severity] - WORKFLOW_LIMITS.issuesPerReport;
      if (unlisted <= 0) return [];
      const remedy = "fix what is listed and validate again";
      return [issue({ code: "MoreIssues", severity, message: `${unlisted} more like these`, remedy, segments: [] })];
    });
    return [...this.#issues, ...more];
  }
}
