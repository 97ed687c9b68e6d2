/** How much an issue weighs: errors refuse the definition, warnings and optimizations let it pass. */
export type Severity = "error" | "warning" | "optimization";

/** Literal names of everything validation can say. */
type IssueCode =
  | "TooLarge"
  | "TooDeep"
  | "YamlSyntax"
  | "JsonSyntax"
  | "DuplicateKey"
  | "AliasBomb"
  | "MultipleDocuments"
  | "EmptyDocument"
  | "ReservedKey"
  | "NotJson"
  | "UnknownKey"
  | "MissingKey"
  | "WrongType"
  | "InvalidValue"
  | "TooManyTasks"
  | "TooManyDependencies"
  | "NoTasks"
  | "DuplicateTask"
  | "UnknownAgent"
  | "UnknownPattern"
  | "InvalidMembers"
  | "UnknownDependency"
  | "SelfDependency"
  | "RepeatedDependency"
  | "Cycle"
  | "ResourceUnsatisfiable"
  | "CapabilityMissing"
  | "CountWithoutParallel"
  | "UnusedAgent"
  | "TimeoutBeyondExecution"
  | "VersionNotString"
  | "IsolatedTask"
  | "SkillOutsideRole"
  | "RedundantDependency"
  | "ConflictingKeys"
  | "UnusableKey"
  | "InvalidExpression"
  | "UnknownReference"
  | "InvalidPattern"
  | "EventDeadlock"
  | "SelfTrigger"
  | "RecursiveWorkflow"
  | "CompensationAfterPivot"
  | "CompensationWithoutAgent"
  | "CompensationWithoutSaga"
  | "PivotWithoutSaga"
  | "CoordinationMismatch"
  | "PatternUnheard"
  | "BudgetUnreachable"
  | "BudgetTooSmall"
  | "HedgeBeyondTimeout"
  | "KeyWithoutStrategy"
  | "MoreIssues";

/** Keys and indices from the root of the value to the flaw. */
export type IssuePath = readonly (string | number)[];

/** One finding about a definition, before its place in a file is known. */
export interface Issue {
  readonly code: IssueCode;
  readonly severity: Severity;
  readonly message: string;
  /** What to change so that the issue goes away. */
  readonly remedy: string;
  /** Where it is: `tasks[3].depends_on[0]`; empty for the whole document. */
  readonly path: string;
  readonly segments: IssuePath;
  /** The flaw is the key at the end of the path rather than its value. */
  readonly atKey?: true;
}

/** An issue with its place in the text it came from. Lines and columns count from 1. */
export interface LocatedIssue extends Issue {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Everything validation found, worst first. */
export interface ValidationReport<Found extends Issue = Issue> {
  readonly errors: readonly Found[];
  readonly warnings: readonly Found[];
  readonly optimizations: readonly Found[];
}

/** Writes a path the way people write it: `tasks[3].depends_on[0]`. */
function formatPath(segments: IssuePath): string {
  return segments
    .map((segment, index) => {
      if (typeof segment === "number") return `[${segment}]`;
      if (!/^[A-Za-z_][\w-]*$/.test(segment)) return `[${JSON.stringify(segment)}]`;
      return index === 0 ? segment : `.${segment}`;
    })
    .join("");
}

/** Makes an issue; `path` follows from `segments`. */
export function issue(found: Omit<Issue, "path">): Issue {
  return { ...found, path: formatPath(found.segments) };
}

/** Sorts issues into a report. */
export function reportOf<Found extends Issue>(issues: readonly Found[]): ValidationReport<Found> {
  return {
    errors: issues.filter(({ severity }) => severity === "error"),
    warnings: issues.filter(({ severity }) => severity === "warning"),
    optimizations: issues.filter(({ severity }) => severity === "optimization"),
  };
}
