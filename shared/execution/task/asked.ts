import * as z from "zod";
import { AskKind } from "../../patterns/ask-kind.ts";
import type { AgentRole } from "../../workflow/definition/workflow-definition.ts";
import type { PlanTask } from "../../workflow/plan/plan.ts";
import { PayloadRef } from "../payload.ts";

/** The question that an instance of a pattern puts: to whom, what for, and how its answer is to look. */
export const Asked = z.object({
  /** Its name in the pattern. */
  id: z.string(),
  pattern: z.string(),
  role: z.string(),
  kind: AskKind,
  message: PayloadRef,
  round: z.int().optional(),
  ofRounds: z.int().optional(),
  /** This agent and no other. */
  agent: z.string().optional(),
  /** Agents to leave out while there are others. */
  exclude: z.array(z.string()).optional(),
  /** Questions of one thread are one conversation with an agent. */
  thread: z.string(),
  /** What was wrong with the answer to the same question before. */
  finding: z.string().optional(),
});
export type Asked = z.infer<typeof Asked>;

/**
 * The task of a row: that of the plan, or, where a pattern asks, the call that the row says. A capability that is called
 * as the kind of question is asked for by name.
 */
export function askedTask(
  task: PlanTask,
  { asked }: { readonly asked?: Asked | undefined },
  roles: Readonly<Record<string, AgentRole>>,
): PlanTask {
  if (asked === undefined || task.kind !== "agent") return task;
  const { role, kind } = asked;
  const skill = roles[role]?.capabilities.includes(kind) === true ? kind : undefined;
  return { ...task, agent: role, skill };
}
