import { LIMITS } from "../../core/limits.ts";
import type { IssuePath } from "./issue.ts";
import { IssueList } from "./issue-list.ts";

/** A 5 MB text holds at most 2.5 million values; more can only come from repeated YAML aliases. */
const MOST_VALUES = 2_500_000;

/**
 * Checks what no schema should have to worry about: depth, keys that JavaScript treats specially, values JSON cannot
 * carry, and structures that aliases have blown up. Stops descending at `LIMITS.definitionDepth`.
 */
export function inspectValue(root: unknown, issues: IssueList): void {
  let left = MOST_VALUES;
  const visit = (value: unknown, parents: Trail | undefined, depth: number): void => {
    if (--left < 0) return;
    if (typeof value !== "object" || value === null) {
      checkScalar(value, parents, issues);
      return;
    }
    if (depth === LIMITS.definitionDepth) {
      issues.add("error", () => tooDeep(pathOf(parents)));
      return;
    }
    if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index++) visit(value[index], { key: index, parents }, depth + 1);
      return;
    }
    for (const key of Object.keys(value)) {
      if (key === "__proto__") issues.add("error", () => reservedKey([...pathOf(parents), key]));
      else visit(Reflect.get(value, key), { key, parents }, depth + 1);
    }
  };
  visit(root, undefined, 0);
  if (left < 0) issues.add("error", tooManyValues);
}

/** The way down to a value, last step first: cheap to extend, written out only when there is something to say. */
interface Trail {
  readonly key: string | number;
  readonly parents: Trail | undefined;
}

function pathOf(trail: Trail | undefined): (string | number)[] {
  const path: (string | number)[] = [];
  for (let step = trail; step !== undefined; step = step.parents) path.push(step.key);
  return path.reverse();
}

function checkScalar(value: unknown, trail: Trail | undefined, issues: IssueList): void {
  const fits = value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
  if (fits) return;
  issues.add("error", () => ({
    code: "NotJson",
    message: `${typeof value === "number" ? value : `a ${typeof value}`} is not a value that JSON can carry`,
    remedy: "use a text, a finite number, true, false or null",
    segments: pathOf(trail),
  }));
}

/** What to say about nesting beyond the limit. */
export function tooDeep(segments: IssuePath) {
  return {
    code: "TooDeep" as const,
    message: `more than ${LIMITS.definitionDepth} levels of nesting`,
    remedy: "flatten the value, or pass it as execution input",
    segments,
  };
}

function reservedKey(segments: IssuePath) {
  return {
    code: "ReservedKey" as const,
    message: 'the key "__proto__" is reserved',
    remedy: "rename the key",
    segments,
    atKey: true as const,
  };
}

function tooManyValues() {
  return {
    code: "AliasBomb" as const,
    message: `more than ${MOST_VALUES} values once aliases are resolved`,
    remedy: "write out fewer aliases",
    segments: [],
  };
}
