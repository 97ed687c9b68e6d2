import * as z from "zod";
import { PatternUse } from "../../patterns/pattern-use.ts";
import { WORKFLOW_LIMITS } from "../limits.ts";
import { RoleName } from "./names.ts";

const RolesWire = z.union([RoleName, z.array(RoleName).min(1)]);

/** `pattern` of a task: how the agents of the definition work together on it. */
export const PatternWire = z.strictObject({
  name: PatternUse.shape.name,
  members: z.record(PatternUse.shape.name, RolesWire).optional(),
  config: PatternUse.shape.config.optional(),
  bounds: z
    .strictObject({
      max_calls: PatternUse.shape.maxCalls,
      max_seconds: z.int().positive().max(WORKFLOW_LIMITS.executionTimeoutSeconds).optional(),
    })
    .optional(),
});
export type PatternWire = z.infer<typeof PatternWire>;

/** `pattern` of a workflow without tasks; its name may be that of `orchestration_pattern`. */
export const WholePatternWire = PatternWire.partial({ name: true });

/** Reads `pattern`: one role is a list of one. */
export const readPattern = ({ name, members = {}, config = {}, bounds = {} }: PatternWire): PatternUse => ({
  name,
  members: Object.fromEntries(
    Object.entries(members).map(([part, roles]) => [part, typeof roles === "string" ? [roles] : roles]),
  ),
  config,
  maxCalls: bounds.max_calls,
  maxSeconds: bounds.max_seconds,
});

/** The task of a workflow that is a pattern as a whole. */
export const MAIN_TASK = "main";
