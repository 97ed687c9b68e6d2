import * as z from "zod";
import { PatternUse } from "../../patterns/pattern-use.ts";
import { WORKFLOW_LIMITS } from "../limits.ts";
import { RoleName, WorkflowName } from "./names.ts";
import { VersionWire } from "./wire-parts.ts";

const WorkflowMember = z.strictObject({ workflow: WorkflowName, version: VersionWire.optional() });
const MemberWire = z.union([RoleName, WorkflowMember]);
const MembersWire = z.union([RoleName, WorkflowMember, z.array(MemberWire).min(1)]);

/** `pattern` of a task: how the agents of the definition work together on it. */
export const PatternWire = z.strictObject({
  name: PatternUse.shape.name,
  members: z.record(PatternUse.shape.name, MembersWire).optional(),
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

type Member = z.infer<typeof MemberWire>;

const nameOfMember = (member: Member): string => (typeof member === "string" ? member : member.workflow);

/** Reads `pattern`: one member is a list of one, and a workflow goes by its name. */
export function readPattern({ name, members = {}, config = {}, bounds = {} }: PatternWire): PatternUse {
  const lists = Object.entries(members).map(([part, wire]): [string, readonly Member[]] => [
    part,
    Array.isArray(wire) ? wire : [wire],
  ]);
  const workflows = lists.flatMap(([, list]) =>
    list.flatMap((member) => {
      if (typeof member === "string") return [];
      const version = member.version === undefined ? undefined : String(member.version);
      return [[member.workflow, { name: member.workflow, ...(version === undefined ? {} : { version }) }] as const];
    }),
  );
  return {
    name,
    members: Object.fromEntries(lists.map(([part, list]) => [part, list.map(nameOfMember)])),
    ...(workflows.length === 0 ? {} : { workflows: Object.fromEntries(workflows) }),
    config,
    maxCalls: bounds.max_calls,
    maxSeconds: bounds.max_seconds,
  };
}

/** The task of a workflow that is a pattern as a whole. */
export const MAIN_TASK = "main";
