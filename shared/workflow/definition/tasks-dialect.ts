import * as z from "zod";
import { DEFAULTS, WORKFLOW_LIMITS } from "../limits.ts";
import type { DefinitionPaths, DialectReading } from "./dialect.ts";
import { type Issue, type IssuePath, issue } from "./issue.ts";
import { missingWork } from "./missing-work.ts";
import { CapabilityName, RoleName, TaskId, WorkflowName } from "./names.ts";
import { MAIN_TASK, readPattern, WholePatternWire } from "./pattern-part.ts";
import { isJudging, readSupervision } from "./supervision.ts";
import { supervisionIssues } from "./supervision-issues.ts";
import { readTaskParts, TASK_PARTS, taskPartPath } from "./task-parts.ts";
import {
  ConstraintsWire,
  EstimateWire,
  FaultToleranceWire,
  ResourcesWire,
  RetryPolicyWire,
  readConstraints,
  readFaultTolerance,
  readResources,
  readRetryPolicy,
  readRoleParts,
  readSla,
  readWorkflowParts,
  ROLE_PARTS,
  SlaWire,
  VersionWire,
  WORKFLOW_PARTS,
} from "./wire-parts.ts";
import { Priority, type Task } from "./task-definition.ts";
import { type AgentRole, CoordinationPattern, Coordination, type WorkflowDefinition } from "./workflow-definition.ts";

const RoleWire = z.strictObject({
  type: z.string().min(1),
  count: z.int().positive().max(WORKFLOW_LIMITS.tasksPerWorkflow).optional(),
  capabilities: z.array(CapabilityName).optional(),
  resources: ResourcesWire.optional(),
  ...ROLE_PARTS,
});

const TimeoutWire = z.int().positive().max(WORKFLOW_LIMITS.taskTimeoutSeconds).optional();

const TaskWire = z.strictObject({
  id: TaskId,
  agent: RoleName.optional(),
  skill: CapabilityName.optional(),
  action: CapabilityName.optional(),
  description: z.string().optional(),
  depends_on: z.array(z.string()).optional(),
  timeout: TimeoutWire,
  timeout_seconds: TimeoutWire,
  retry_policy: RetryPolicyWire.optional(),
  estimate: EstimateWire.optional(),
  parallel: z.boolean().optional(),
  count: z.int().positive().max(WORKFLOW_LIMITS.tasksPerWorkflow).optional(),
  ...TASK_PARTS,
});
type TaskWire = z.infer<typeof TaskWire>;

const CoordinationWire = z.strictObject({
  type: Coordination.shape.type.optional(),
  event_driven: z.array(z.string()).optional(),
  graph_based: z.array(z.string()).optional(),
});

/** The `workflow:` dialect (001 §4, 004 §4.1 and §5.2), exactly as it travels. */
export const TasksDialect = z.strictObject({
  name: WorkflowName,
  version: VersionWire,
  description: z.string().optional(),
  orchestration_pattern: CoordinationPattern.optional(),
  agents: z.record(RoleName, RoleWire),
  tasks: z.array(TaskWire).optional(),
  /** In place of tasks: the workflow is one task with this pattern. Beside tasks: who judges them, and how. */
  pattern: WholePatternWire.optional(),
  coordination: CoordinationWire.optional(),
  fault_tolerance: FaultToleranceWire.optional(),
  priority: Priority.optional(),
  execution_timeout_seconds: z.int().positive().max(WORKFLOW_LIMITS.executionTimeoutSeconds).optional(),
  sla_requirements: SlaWire.optional(),
  resource_constraints: ConstraintsWire.optional(),
  ...WORKFLOW_PARTS,
});
export type TasksDialect = z.infer<typeof TasksDialect>;

/** Turns the `workflow:` dialect into the canonical model; `root` is where it stands in its document. */
export function readTasksDialect(wire: TasksDialect, root: IssuePath): DialectReading {
  const agents: Record<string, AgentRole> = {};
  for (const [role, agent] of Object.entries(wire.agents)) agents[role] = readRole(agent);
  const judging = wire.tasks === undefined ? { findings: [] } : readSupervision(statedIn(wire, agents));
  const definition: WorkflowDefinition = {
    name: wire.name,
    version: String(wire.version),
    description: wire.description,
    // The specification's first pattern, and the one that adds nothing to what the graph itself says.
    pattern: wire.orchestration_pattern ?? CoordinationPattern.safeParse(wire.pattern?.name).data ?? "supervisor",
    supervision: judging.supervision,
    agents,
    tasks: tasksOf(wire).map((task) => readTask(task, agents)),
    coordination: {
      type: wire.coordination?.type ?? (usesEvents(wire) ? "hybrid" : "graph_based"),
      eventDriven: wire.coordination?.event_driven ?? [],
      graphBased: wire.coordination?.graph_based ?? [],
    },
    faultTolerance: wire.fault_tolerance && readFaultTolerance(wire.fault_tolerance),
    priority: wire.priority ?? "medium",
    executionTimeoutSeconds: wire.execution_timeout_seconds ?? DEFAULTS.executionTimeoutSeconds,
    sla: wire.sla_requirements && readSla(wire.sla_requirements),
    resourceConstraints: wire.resource_constraints && readConstraints(wire.resource_constraints),
    ...readWorkflowParts(wire),
  };
  const paths = pathsOf(wire, root);
  const issues = [
    ...wholeIssues(wire, root),
    ...supervisionIssues(judging, root),
    ...countIssues(wire, root),
    ...missingWork(definition.tasks, paths),
  ];
  return { definition, paths, issues };
}

/** What a pattern beside tasks says. */
function statedIn({ orchestration_pattern: name, pattern }: TasksDialect, agents: Readonly<Record<string, AgentRole>>) {
  return { name, use: pattern && readPattern({ ...pattern, name: name ?? "" }), agents };
}

/** The tasks of a workflow, or the one that its pattern makes. */
function tasksOf({ tasks, pattern, orchestration_pattern: name }: TasksDialect): readonly TaskWire[] {
  if (tasks !== undefined) return tasks;
  return pattern === undefined ? [] : [{ id: MAIN_TASK, pattern: { ...pattern, name: pattern.name ?? name ?? "" } }];
}

/** A workflow has tasks, or is a pattern as a whole that has a name. */
function wholeIssues({ tasks, pattern, orchestration_pattern: name }: TasksDialect, root: IssuePath): Issue[] {
  const refuse = (code: "MissingKey" | "ConflictingKeys", path: string[], [message, remedy]: readonly [string, string]): Issue[] => [
    issue({ code, severity: "error", message, remedy, segments: [...root, ...path] }),
  ];
  if (tasks === undefined && pattern === undefined) return refuse("MissingKey", ["tasks"], ['the key "tasks" is missing', "add `tasks`, or `pattern` in their place"]);
  if (pattern === undefined) return [];
  if (tasks !== undefined && isJudging(name) && pattern.name === undefined && pattern.bounds === undefined) return [];
  if (tasks !== undefined) return refuse("ConflictingKeys", ["pattern"], ["the workflow has tasks and a pattern in place of tasks", "move the pattern into a task, or remove `tasks`; beside tasks, `orchestration_pattern: supervisor` takes `members` and `config`"]);
  if (pattern.name !== undefined || name !== undefined) return [];
  return refuse("MissingKey", ["pattern", "name"], ["the pattern has no name", "add `name`, or `orchestration_pattern` beside it"]);
}

const usesEvents = (wire: TasksDialect): boolean =>
  (wire.triggers ?? []).some(({ pattern }) => pattern !== undefined) || tasksOf(wire).some((task) => task.wait_for_event !== undefined);

function readRole(wire: z.infer<typeof RoleWire>): AgentRole {
  return {
    type: wire.type,
    count: wire.count ?? 1,
    capabilities: wire.capabilities ?? [],
    resources: readResources(wire.resources),
    ...readRoleParts(wire),
  };
}

function readTask(wire: TaskWire, agents: Readonly<Record<string, AgentRole>>): Task {
  const timeoutSeconds = wire.timeout_seconds ?? wire.timeout ?? DEFAULTS.taskTimeoutSeconds;
  return {
    id: wire.id,
    agent: wire.agent,
    skill: wire.skill ?? wire.action,
    description: wire.description,
    dependsOn: wire.depends_on ?? [],
    timeoutSeconds,
    retryPolicy: readRetryPolicy(wire.retry_policy),
    estimate: wire.estimate && {
      durationSeconds: wire.estimate.duration_seconds ?? DEFAULTS.estimateSeconds,
      cost: wire.estimate.cost ?? 0,
    },
    replicas: wire.parallel === true ? (wire.count ?? roleCount(agents, wire.agent)) : 1,
    ...readTaskParts(wire, timeoutSeconds, wire.agent === undefined ? undefined : agents[wire.agent]?.strategy),
  };
}

/** `parallel: true` without a count (001 §4) means one copy per agent of the role. */
function roleCount(agents: Readonly<Record<string, AgentRole>>, role: string | undefined): number {
  return role !== undefined && Object.hasOwn(agents, role) ? (agents[role]?.count ?? 1) : 1;
}

function countIssues(wire: TasksDialect, root: IssuePath): Issue[] {
  return tasksOf(wire).flatMap((task, index) =>
    task.count !== undefined && task.parallel !== true
      ? [
          issue({
            code: "CountWithoutParallel",
            severity: "error",
            message: `task "${task.id}" has count ${task.count} but does not run in parallel`,
            remedy: "add `parallel: true`, or remove `count`",
            segments: [...root, "tasks", index, "count"],
          }),
        ]
      : [],
  );
}

function pathsOf(wire: TasksDialect, root: IssuePath): DefinitionPaths {
  const { tasks } = wire;
  // The task of a pattern in place of tasks stands where the workflow stands.
  const task = (index: number): IssuePath => (tasks === undefined ? root : [...root, "tasks", index]);
  return {
    tasks: () => [...root, "tasks"],
    task,
    taskId: (index) => [...task(index), "id"],
    taskAgent: (index) => [...task(index), "agent"],
    taskSkill: (index) => [...task(index), tasks?.[index]?.skill === undefined ? "action" : "skill"],
    taskTimeout: (index) => [
      ...task(index),
      tasks?.[index]?.timeout_seconds === undefined ? "timeout" : "timeout_seconds",
    ],
    taskPart: (index, part) => [...task(index), ...taskPartPath(tasks?.[index], part)],
    dependency: (index, position) => [...task(index), "depends_on", position],
    role: (name) => [...root, "agents", name],
    version: () => [...root, "version"],
    coordination: () => [...root, "coordination"],
    top: (name) => [...root, name],
    constraint: (name) => [...root, "resource_constraints", name],
  };
}
