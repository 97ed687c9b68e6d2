import type { LocatedIssue, ValidationReport } from "../../../shared/workflow/definition/issue.ts";
import type { Paint } from "./paint.ts";

/** Every finding on a line of its own, errors first. */
export function reportLines(
  { errors, warnings, optimizations }: Readonly<Record<keyof ValidationReport, readonly Finding[]>>,
  paint: Paint,
): string[] {
  return [
    ...errors.map((issue) => issueLine(issue)),
    ...warnings.map((issue) => issueLine(issue, paint("yellow", "warning "))),
    ...optimizations.map((issue) => issueLine(issue, paint("cyan", "hint "))),
  ];
}

type Finding = Pick<LocatedIssue, "file" | "line" | "column" | "path" | "message" | "remedy">;

/** `file:line:col path: message — remedy`, the form that editors and terminals make a link of. */
export function issueLine({ file, line, column, path, message, remedy }: Finding, label = ""): string {
  return `${file}:${line}:${column} ${label}${path === "" ? "" : `${path}: `}${message} — ${remedy}`;
}
