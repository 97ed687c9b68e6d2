import * as z from "zod";
import { AskKind } from "../../patterns/ask-kind.ts";
import type { AgentRole } from "../../workflow/definition/workflow-definition.ts";
import type { AgentTask, PatternTask, PlanTask } from "../../workflow/plan/plan.ts";
import { PayloadRef } from "../payload.ts";
import { parseItemName } from "./for-each.ts";

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

/** Capabilities that are asked for by name, by kind of question: the specification has words of its own for two. */
const SKILLS: Readonly<Partial<Record<AskKind, readonly string[]>>> = {
  ...Object.fromEntries(AskKind.options.map((kind) => [kind, [kind]])),
  assess: ["assess", "quality_assessment"],
  decompose: ["decompose", "task_decomposition"],
};

/** What a row's task is looked up in. */
interface Planned {
  readonly plan: { readonly agents: Readonly<Record<string, AgentRole>> };
  readonly tasks: ReadonlyMap<string, PlanTask>;
}

/**
 * The task of a row: that of the plan, or, where a pattern asks, the call or the run of a workflow that the row says. A
 * capability that is called as the kind of question is asked for by name.
 */
export function askedTask(
  task: PlanTask,
  { task: name, asked }: { readonly task: string; readonly asked?: Asked | undefined },
  { plan, tasks }: Planned,
): PlanTask {
  if (asked === undefined || task.kind !== "agent") return task;
  const { role, kind } = asked;
  const group = tasks.get(parseItemName(name)?.group ?? name);
  const workflow = group?.kind === "pattern" ? group.pattern.workflows?.[role] : undefined;
  if (workflow !== undefined) return { ...task, kind: "workflow", workflow };
  if (kind === "task" && group?.kind === "pattern") return workOf(task, group, role);
  const skill = SKILLS[kind]?.find((one) => plan.agents[role]?.capabilities.includes(one));
  return { ...task, agent: role, skill };
}

/** The call that a pattern has done: with everything that the task itself says of it. */
function workOf(task: AgentTask, { call, dependsOn, input, inputFrom }: PatternTask, role: string): PlanTask {
  return { ...task, ...call, agent: role, dependsOn, input, inputFrom };
}
