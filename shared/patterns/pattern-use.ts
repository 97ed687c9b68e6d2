import * as z from "zod";
import { PATTERN_LIMITS } from "./limits.ts";

/** A workflow that plays a part, under a name like a role's. */
const MemberWorkflow = z.strictObject({ name: z.string(), version: z.string().optional() });

/** How a task's agents work together, as its author says it. */
export const PatternUse = z.strictObject({
  name: z.string().min(1).max(PATTERN_LIMITS.nameCharacters),
  /** Roles of the definition, by the part that they play. */
  members: z.record(z.string(), z.array(z.string()).max(PATTERN_LIMITS.roles)),
  /** Members that are workflows, by the name that they have among the members. */
  workflows: z.record(z.string(), MemberWorkflow).optional(),
  config: z.record(z.string(), z.unknown()),
  maxCalls: z.int().positive().max(PATTERN_LIMITS.calls).optional(),
  maxSeconds: z.int().positive().optional(),
});
export type PatternUse = z.infer<typeof PatternUse>;

/** A pattern with everything worked out, as a plan keeps it. */
export const PlannedPattern = z.object({
  name: z.string(),
  version: z.int(),
  members: z.record(z.string(), z.array(z.string())),
  workflows: z.record(z.string(), MemberWorkflow).optional(),
  config: z.record(z.string(), z.unknown()),
  /** What its configuration can make it need. */
  callsBound: z.int(),
  /** What it may use: its bound, or less where the author says so. */
  maxCalls: z.int().positive(),
  maxSeconds: z.int().positive().optional(),
});
export type PlannedPattern = z.infer<typeof PlannedPattern>;

/** The roles that a task with a pattern works with. */
export const rolesOf = ({ members }: Pick<PlannedPattern, "members">): readonly string[] => [
  ...new Set(Object.values(members).flat()),
];
