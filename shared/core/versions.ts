/** Semantic versions: precedence of semver.org §11, and the constraints that discovery takes. */

/** Versions that satisfy every bound. */
export interface VersionConstraint {
  readonly text: string;
  readonly bounds: readonly { readonly operator: Operator; readonly version: Version }[];
}

type Operator = "=" | ">" | ">=" | "<" | "<=";

interface Version {
  readonly core: readonly [number, number, number];
  readonly prerelease: readonly (number | string)[];
}

/**
 * Reads `>=1.2.0`, `>1.0.0`, `=2.1.3`, a bare version, or several bounds with commas or spaces between them, all of
 * which must hold: `>=1.2.0, <2.0.0`.
 *
 * @returns nothing when the text is no constraint.
 */
export function parseVersionConstraint(text: string): VersionConstraint | undefined {
  const parts = text
    .trim()
    .replaceAll(/([<>=])\s+/g, "$1")
    .split(/[\s,]+/);
  const bounds = parts.map((part) => {
    const [, operator = "", rest = ""] = /^(>=|<=|>|<|=|)(.*)$/.exec(part) ?? [];
    const version = parseVersion(rest);
    return version === undefined ? undefined : { operator: operatorOf(operator), version };
  });
  return bounds.some((bound) => bound === undefined)
    ? undefined
    : { text, bounds: bounds.filter((bound) => bound !== undefined) };
}

/**
 * Whether the version meets the constraint. A prerelease comes before its release, so `2.0.0-rc.1` meets `>1.9.0`
 * and not `>=2.0.0`. Text that is no semantic version meets none.
 */
export function satisfies(version: string, { bounds }: VersionConstraint): boolean {
  const parsed = parseVersion(version);
  return parsed !== undefined && bounds.every((bound) => holds(bound.operator, compare(parsed, bound.version)));
}

/** Negative, 0 or positive, as `a` comes before, with or after `b`. @returns nothing when one is no version. */
export function compareVersions(a: string, b: string): number | undefined {
  const [first, second] = [parseVersion(a), parseVersion(b)];
  return first === undefined || second === undefined ? undefined : compare(first, second);
}

const VERSION = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?$/;

function parseVersion(text: string): Version | undefined {
  const match = VERSION.exec(text);
  if (match === null) return undefined;
  const [, major, minor, patch, prerelease] = match;
  return {
    core: [Number(major), Number(minor), Number(patch)],
    prerelease: (prerelease?.split(".") ?? []).map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
  };
}

function operatorOf(text: string): Operator {
  return text === ">" || text === ">=" || text === "<" || text === "<=" ? text : "=";
}

function holds(operator: Operator, order: number): boolean {
  switch (operator) {
    case "=":
      return order === 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    default:
      return operator satisfies never;
  }
}

function compare(a: Version, b: Version): number {
  for (const [index, part] of a.core.entries()) {
    const other = b.core[index] ?? 0;
    if (part !== other) return part - other;
  }
  if (a.prerelease.length === 0 || b.prerelease.length === 0) return b.prerelease.length - a.prerelease.length;
  return comparePrereleases(a.prerelease, b.prerelease);
}

/** Numbers come before words; of two that start alike, the shorter comes first. */
function comparePrereleases(a: Version["prerelease"], b: Version["prerelease"]): number {
  for (const [index, part] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    if (part === other) continue;
    if (typeof part === "number") return typeof other === "number" ? part - other : -1;
    return typeof other === "number" || part > other ? 1 : -1;
  }
  return a.length - b.length;
}
