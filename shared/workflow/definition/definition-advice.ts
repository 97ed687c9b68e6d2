import type { DialectReading } from "./dialect.ts";
import { adviseEvents } from "./definition-events.ts";
import { tasksReadBy } from "./definition-expressions.ts";
import { adviseLimits } from "./definition-limits-advice.ts";
import { patternRoles } from "./pattern-roles.ts";
import { supervisedUse } from "./supervision.ts";
import { predsOf, succsOf } from "../plan/graph.ts";
import type { IssueList } from "./issue-list.ts";
import { structureOf } from "../plan/structure.ts";

/** Adds what is allowed but probably not meant. Expects a definition whose ids and references are valid. */
export function addAdvice(reading: DialectReading, issues: IssueList): void {
  adviseRoles(reading, issues);
  adviseJudgement(reading, issues);
  adviseTasks(reading, issues);
  adviseGraph(reading, issues);
  adviseEvents(reading, issues);
  adviseLimits(reading, issues);
}

/** Names each capability that no registered agent offers. */
export function addMissingCapabilities(
  reading: DialectReading,
  { offered, severity }: { offered: ReadonlySet<string>; severity: "error" | "warning" },
  issues: IssueList,
): void {
  const used = rolesInUse(reading);
  for (const [role, { capabilities }] of Object.entries(reading.definition.agents)) {
    for (const capability of used.has(role) ? capabilities : []) {
      if (offered.has(capability)) continue;
      issues.add(severity, () => ({
        code: "CapabilityMissing",
        message: `no registered agent offers "${capability}", which role "${role}" requires`,
        remedy: "register such an agent, or correct the capability's name",
        segments: reading.paths.role(role),
      }));
    }
  }
}

/** Roles that work, and roles that only undo. */
function rolesInUse({ definition }: Pick<DialectReading, "definition">): ReadonlySet<string | undefined> {
  return new Set([...definition.tasks.flatMap(({ agent, compensation }) => [agent, compensation?.agent]), ...patternRoles(definition)]);
}

function adviseRoles({ definition, paths }: DialectReading, issues: IssueList): void {
  const used = rolesInUse({ definition });
  for (const role of Object.keys(definition.agents)) {
    if (used.has(role)) continue;
    issues.add("warning", () => ({
      code: "UnusedAgent",
      message: `no task uses the agent "${role}"`,
      remedy: "remove it, or give it a task",
      segments: paths.role(role),
      atKey: true,
    }));
  }
}

/** Names the calls that a supervisor does not judge, though it judges others. */
function adviseJudgement({ definition, paths }: DialectReading, issues: IssueList): void {
  const { supervision, tasks } = definition;
  if (supervision === undefined) return;
  for (const [index, task] of tasks.entries()) {
    if (task.agent === undefined || supervision.supervisors.includes(task.agent) || supervisedUse(supervision, task) !== undefined) continue;
    issues.add("warning", () => ({
      code: "PatternUnheard",
      message: `nobody judges task "${task.id}": lists, scattered and hedged calls run as they are written`,
      remedy: "let a task of the supervisor after it judge what it came to",
      segments: paths.taskAgent(index),
    }));
  }
}

function adviseTasks({ definition, paths }: DialectReading, issues: IssueList): void {
  const limit = definition.executionTimeoutSeconds;
  for (const [index, { id, skill, agent, timeoutSeconds }] of definition.tasks.entries()) {
    if (timeoutSeconds > limit) {
      issues.add("warning", () => ({
        code: "TimeoutBeyondExecution",
        message: `task "${id}" may take ${timeoutSeconds} s, the whole execution ${limit} s`,
        remedy: "lower the task's timeout, or raise execution_timeout_seconds",
        segments: paths.taskTimeout(index),
      }));
    }
    const offered = agent === undefined ? [] : (definition.agents[agent]?.capabilities ?? []);
    if (skill === undefined || offered.length === 0 || offered.includes(skill)) continue;
    issues.add("warning", () => ({
      code: "SkillOutsideRole",
      message: `task "${id}" asks for "${skill}", which the agent "${agent}" does not list`,
      remedy: `add it to the capabilities of "${agent}", or use one of ${offered.join(", ")}`,
      segments: paths.taskSkill(index),
    }));
  }
}

function adviseGraph(reading: DialectReading, issues: IssueList): void {
  const structure = structureOf(reading.definition);
  if (structure === undefined) return;
  const { nodes, graph, reduced } = structure;
  const isolated = (v: number): boolean => predsOf(graph, v).length === 0 && succsOf(graph, v).length === 0;
  const hasEdges = graph.preds.length > 0;
  let index = -1;
  for (const [v, { task, replica }] of nodes.entries()) {
    if (replica > 1) continue;
    index++;
    const place = index;
    if (hasEdges && isolated(v)) issues.add("warning", () => isolatedTask(task.id, reading.paths.task(place)));
    const kept = predsOf(reduced, v);
    if (kept.length === predsOf(graph, v).length) continue;
    const needed = new Set(Array.from(kept, (u) => nodes[u]?.task.id));
    for (const id of tasksReadBy(task)) needed.add(id);
    for (const [position, dependency] of task.dependsOn.entries()) {
      if (needed.has(dependency) || task.dependsOn.indexOf(dependency) < position) continue;
      issues.add("optimization", () => ({
        code: "RedundantDependency",
        message: `task "${task.id}" waits for "${dependency}" through its other dependencies already`,
        remedy: "remove the entry, unless the agent needs that output",
        segments: reading.paths.dependency(place, position),
      }));
    }
  }
}

function isolatedTask(id: string, segments: ReturnType<DialectReading["paths"]["task"]>) {
  return {
    code: "IsolatedTask" as const,
    message: `task "${id}" is connected to no other task`,
    remedy: "add depends_on, or move it to a workflow of its own",
    segments,
  };
}
