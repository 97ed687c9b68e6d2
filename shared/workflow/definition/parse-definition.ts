import { WRAPPERS } from "./wrappers.ts";
import { LIMITS } from "../../core/limits.ts";
import { type Issue, issue, type LocatedIssue, reportOf } from "./issue.ts";
import { IssueList } from "./issue-list.ts";
import { SourceText, type TextFlaw } from "./source-text.ts";
import {
  type Validation,
  type ValidationOptions,
  validateDefinition,
  versionNotString,
} from "./validate-definition.ts";

/** Where a text comes from, and what to check it against. */
export interface ParseOptions extends ValidationOptions {
  /** Shown in every issue; a name that ends in `.json` makes the reading strict JSON. */
  readonly file: string;
}

/** The canonical model when there are no errors; every issue names file, line, column, path and remedy. */
export type ParseResult = Validation<LocatedIssue>;

/**
 * Reads a definition from YAML or JSON text, in either dialect. Reports every flaw at once; a text that cannot be read
 * at all (syntax, duplicate keys, size, depth) is reported as such and not looked into. Never throws on bad input.
 */
export function parseDefinition(source: string, options: ParseOptions): ParseResult {
  const { file } = options;
  const bytes = Buffer.byteLength(source);
  if (bytes > LIMITS.requestBodyBytes) return refused([{ ...tooLarge(bytes), file, line: 1, column: 1 }]);
  const text = new SourceText(source, isJson(source, file) ? "json" : "yaml");
  if (text.flaws.length > 0) return refused(text.flaws.map((flaw) => placeFlaw(flaw, text, file)));

  const place = (found: Issue): LocatedIssue => ({
    ...found,
    file,
    ...text.positionOf(found.segments, found.atKey === true),
  });
  const reading = new IssueList();
  restoreVersion(text, reading);
  const value = text.value(reading);
  if (reading.hasErrors) return refused(reading.all().map(place));
  const { definition, report } = validateDefinition(value, options);
  const found = [...reading.all(), ...report.errors, ...report.warnings, ...report.optimizations];
  return { definition, report: reportOf(found.map(place).sort(byPlace)) };
}

/** In the order of the text; what only counts further issues comes last. */
function byPlace(a: LocatedIssue, b: LocatedIssue): number {
  const rest = Number(a.code === "MoreIssues") - Number(b.code === "MoreIssues");
  return rest || a.line - b.line || a.column - b.column;
}

function refused(issues: readonly LocatedIssue[]): ParseResult {
  return { definition: undefined, report: reportOf(issues) };
}

function isJson(source: string, file: string): boolean {
  return file.endsWith(".json") || (!/\.ya?ml$/.test(file) && /^\s*[{[]/.test(source));
}

function placeFlaw({ offset, ...flaw }: TextFlaw, text: SourceText, file: string): LocatedIssue {
  return { ...issue({ ...flaw, severity: "error", segments: [] }), file, ...text.positionAt(offset) };
}

function tooLarge(bytes: number): Issue {
  return issue({
    code: "TooLarge",
    severity: "error",
    message: `the definition has ${bytes} bytes, more than ${LIMITS.requestBodyBytes}`,
    remedy: "pass data as execution input, or split the workflow",
    segments: [],
  });
}

/** `version: 1.10` is a number to YAML, but its author wrote a version. */
function restoreVersion(text: SourceText, issues: IssueList): void {
  for (const path of [["version"], ...WRAPPERS.map((wrapper) => [wrapper, "version"])]) {
    const version = text.readAsText(path);
    if (version !== undefined) issues.add("warning", () => versionNotString(version, path));
  }
}
