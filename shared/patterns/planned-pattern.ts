import * as z from "zod";
import { suggestion } from "../core/closest.ts";
import { present } from "../core/present.ts";
import { BUILT_INS, findPattern } from "./built-ins.ts";
import { PATTERN_LIMITS } from "./limits.ts";
import { type PatternUse, type PlannedPattern, rolesOf } from "./pattern-use.ts";
import type { Members, Pattern, PreparedPattern, SetupFinding } from "./pattern.ts";

/** The roles of a definition, and how many agents each counts. */
export type Roles = Readonly<Record<string, { readonly count: number }>>;

/** A pattern that can run, or why it cannot: paths lead from the use of the pattern. */
export type PatternReading =
  | { readonly planned: PlannedPattern; readonly findings: readonly [] }
  | { readonly planned?: undefined; readonly findings: readonly SetupFinding[] };

/**
 * Works out a pattern's members, configuration and bound from what the author says and the roles there are. A part that is
 * not named is played by the role of its name; one that several may play, by all roles that play no other.
 */
export function planPattern(use: PatternUse, roles: Roles): PatternReading {
  const pattern = findPattern(use.name);
  if (pattern === undefined) return { findings: [unknownPattern(use.name)] };
  const members = membersOf(pattern, use.members, roles);
  const found = [...memberFindings(pattern, use, roles), ...countFindings(pattern, members)];
  const config = pattern.config.safeParse(use.config);
  if (!config.success) return { findings: [...found, ...configFindings(config.error)] };
  if (found.length > 0) return { findings: found };
  const flaws = pattern
    .check(config.data, members)
    .map(({ path, ...flaw }) => ({ ...flaw, path: ["config", ...path] }));
  if (flaws.length > 0) return { findings: flaws };
  const { callsBound } = pattern.prepare(config.data, members);
  const { name, version } = pattern;
  const most = use.maxCalls ?? PATTERN_LIMITS.calls;
  const planned = {
    name,
    version,
    members: mutable(members),
    workflows: use.workflows,
    config: z.record(z.string(), z.unknown()).parse(config.data),
    callsBound,
    maxCalls: Math.min(callsBound, most),
    maxSeconds: use.maxSeconds,
  };
  return { planned, findings: [] };
}

const mutable = (members: Members): Record<string, string[]> =>
  Object.fromEntries(Object.entries(members).map(([part, roles]) => [part, [...roles]]));

/** The pattern that a plan names, in the version that it was planned with; nothing where there is none any more. */
export function preparePlanned({ name, version, config, members }: PlannedPattern): PreparedPattern | undefined {
  const found = findPattern(name);
  return found?.version === version ? found.prepare(config, members) : undefined;
}

/** The roles that a use of a pattern works with; none where it cannot run. */
export function rolesOfUse(use: PatternUse, roles: Roles): readonly string[] {
  const { planned } = planPattern(use, roles);
  return planned === undefined ? [] : rolesOf(planned);
}

function unknownPattern(name: string): SetupFinding {
  const names = BUILT_INS.map((pattern) => pattern.name);
  return {
    path: ["name"],
    message: `there is no pattern "${name}"`,
    remedy: suggestion(name, names, `use one of ${names.join(", ")}`),
  };
}

function membersOf(pattern: Pattern, named: Members, roles: Roles): Members {
  const parts = Object.entries(pattern.members);
  const stated = new Map(Object.entries(named));
  const own = new Map(
    parts.flatMap(([part]) => (stated.has(part) || !Object.hasOwn(roles, part) ? [] : [[part, [part]] as const])),
  );
  const taken = new Set([...stated.values(), ...own.values()].flat());
  const others = Object.keys(roles).filter((role) => !taken.has(role));
  return Object.fromEntries(
    parts.map(([part, { least, most }]) => {
      const given = stated.get(part) ?? own.get(part) ?? (most > 1 && least > 0 ? others : []);
      return [part, pattern.countsAgents ? given.flatMap((role) => copies(role, roles)) : [...given]];
    }),
  );
}

const copies = (role: string, roles: Roles): string[] => {
  const { count } = Object.hasOwn(roles, role) ? present(roles[role]) : { count: 1 };
  return Array.from({ length: Math.min(count, PATTERN_LIMITS.roles) }, () => role);
};

function memberFindings(
  pattern: Pattern,
  { members: named, workflows = {} }: PatternUse,
  roles: Roles,
): SetupFinding[] {
  const parts = Object.keys(pattern.members);
  const known = [...Object.keys(roles), ...Object.keys(workflows)];
  return Object.entries(named).flatMap(([part, list]) => {
    if (!parts.includes(part)) {
      return [
        {
          path: ["members", part],
          message: `${pattern.name} has no part "${part}"`,
          remedy: suggestion(part, parts, `name ${parts.join(", ")}`),
        },
      ];
    }
    return list.flatMap((role) =>
      known.includes(role)
        ? []
        : [
            {
              path: ["members", part],
              message: `"${role}" is no agent of this definition`,
              remedy: suggestion(
                role,
                known,
                `define it under \`agents\`, or name one of ${known.slice(0, 5).join(", ")}`,
              ),
            },
          ],
    );
  });
}

function countFindings(pattern: Pattern, members: Members): SetupFinding[] {
  return Object.entries(pattern.members).flatMap(([part, { least, most, does }]) => {
    const size = present(members[part]).length;
    if (size < least)
      return [
        {
          path: ["members"],
          message: `${pattern.name} needs ${part}: agents that ${does}`,
          remedy: `add members.${part}: a role of \`agents\``,
        },
      ];
    if (size > most)
      return [
        { path: ["members", part], message: `${size} agents, and ${part} has room for ${most}`, remedy: "name fewer" },
      ];
    return [];
  });
}

function configFindings({ issues }: z.ZodError): SetupFinding[] {
  return issues.flatMap((issue) => {
    const path = ["config", ...issue.path.map((step) => (typeof step === "number" ? step : String(step)))];
    if (issue.code !== "unrecognized_keys")
      return [
        { path, message: issue.message, remedy: "give a value that fits: `a2a patterns show` prints the schema" },
      ];
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: `unknown key "${key}"`,
      remedy: "remove it: `a2a patterns show` prints the schema",
    }));
  });
}
