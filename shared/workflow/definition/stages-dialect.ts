import * as z from "zod";
import { DEFAULTS, WORKFLOW_LIMITS } from "../limits.ts";
import type { DefinitionPaths, DialectReading } from "./dialect.ts";
import { type Issue, type IssuePath, issue } from "./issue.ts";
import { missingWork } from "./missing-work.ts";
import { CapabilityName, TaskId, WorkflowName } from "./names.ts";
import { readSupervision } from "./supervision.ts";
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
import { type AgentRole, CoordinationPattern, type WorkflowDefinition } from "./workflow-definition.ts";
import { present } from "../../core/present.ts";

const AgentRequirementsWire = z.strictObject({
  type: z.string().min(1).optional(),
  skills: z.array(CapabilityName).min(1),
  ...ROLE_PARTS,
  resource_requirements: ResourcesWire.optional(),
});

const StageWire = z.strictObject({
  stage_id: TaskId,
  description: z.string().optional(),
  agent_requirements: AgentRequirementsWire.optional(),
  depends_on: z.array(z.string()).optional(),
  timeout_seconds: z.int().positive().max(WORKFLOW_LIMITS.taskTimeoutSeconds).optional(),
  retry_policy: RetryPolicyWire.optional(),
  estimate: EstimateWire.optional(),
  ...TASK_PARTS,
});
type StageWire = z.infer<typeof StageWire>;

/** The `workflow_definition` dialect with stages (000), exactly as it travels. */
export const StagesDialect = z.strictObject({
  workflow_id: WorkflowName,
  version: VersionWire,
  description: z.string().optional(),
  orchestration_pattern: CoordinationPattern.optional(),
  execution_mode: z.enum(["sequential", "parallel", "hybrid", "event_driven"]).optional(),
  stages: z.array(StageWire),
  stage_dependencies: z.record(z.string(), z.array(z.string())).optional(),
  fault_tolerance: FaultToleranceWire.optional(),
  priority: Priority.optional(),
  execution_timeout_seconds: z.int().positive().max(WORKFLOW_LIMITS.executionTimeoutSeconds).optional(),
  sla_requirements: SlaWire.optional(),
  resource_constraints: ConstraintsWire.optional(),
  ...WORKFLOW_PARTS,
});
export type StagesDialect = z.infer<typeof StagesDialect>;

const COORDINATION = {
  sequential: "graph_based",
  parallel: "graph_based",
  hybrid: "hybrid",
  event_driven: "event_driven",
} as const;

/** Turns the stages dialect into the canonical model. Every stage becomes a task and a role of the same name. */
export function readStagesDialect(wire: StagesDialect, root: IssuePath): DialectReading {
  const agents: Record<string, AgentRole> = {};
  for (const { stage_id: id, agent_requirements: needs } of wire.stages) {
    if (needs !== undefined) agents[id] = readRequirements(needs);
  }
  // A list of stages without a mode reads as an order; running one after another is also the safe reading.
  const mode = wire.execution_mode ?? "sequential";
  const dependencies = dependenciesOf(wire, mode === "sequential");
  const judging = readSupervision({ name: wire.orchestration_pattern, use: undefined, agents });
  const definition: WorkflowDefinition = {
    name: wire.workflow_id,
    version: String(wire.version),
    description: wire.description,
    pattern: wire.orchestration_pattern ?? "supervisor",
    supervision: judging.supervision,
    agents,
    tasks: wire.stages.map((stage, index) => readStage(stage, present(dependencies[index]))),
    coordination: { type: COORDINATION[mode], eventDriven: [], graphBased: [] },
    faultTolerance: wire.fault_tolerance && readFaultTolerance(wire.fault_tolerance),
    priority: wire.priority ?? "medium",
    executionTimeoutSeconds: executionTimeout(wire),
    sla: wire.sla_requirements && readSla(wire.sla_requirements),
    resourceConstraints: wire.resource_constraints && readConstraints(wire.resource_constraints),
    ...readWorkflowParts(wire),
  };
  const paths = pathsOf(wire, root);
  return { definition, paths, issues: [...supervisionIssues(judging, root), ...strayDependencies(wire, root), ...missingWork(definition.tasks, paths)] };
}

/** An SLA is measured, not enforced: the hard stop is its own field. */
function executionTimeout(wire: StagesDialect): number {
  return wire.execution_timeout_seconds ?? DEFAULTS.executionTimeoutSeconds;
}

/** Stated dependencies win; a sequential workflow chains the stages that state none. */
function dependenciesOf(wire: StagesDialect, chained: boolean): string[][] {
  const mapped = new Map(Object.entries(wire.stage_dependencies ?? {}));
  return wire.stages.map((stage, index) => {
    const listed = mapped.get(stage.stage_id);
    if (stage.depends_on !== undefined || listed !== undefined) return [...(stage.depends_on ?? []), ...(listed ?? [])];
    const previous = wire.stages[index - 1];
    return chained && previous !== undefined ? [previous.stage_id] : [];
  });
}

function readRequirements(wire: z.infer<typeof AgentRequirementsWire>): AgentRole {
  return {
    type: wire.type ?? "agent",
    count: 1,
    capabilities: wire.skills,
    resources: readResources(wire.resource_requirements),
    ...readRoleParts(wire),
  };
}

function readStage(wire: StageWire, dependsOn: string[]): Task {
  const timeoutSeconds = wire.timeout_seconds ?? DEFAULTS.taskTimeoutSeconds;
  return {
    id: wire.stage_id,
    agent: wire.agent_requirements && wire.stage_id,
    // The first skill names what the message asks for; the others only narrow the choice of agent.
    skill: wire.agent_requirements?.skills[0],
    description: wire.description,
    dependsOn,
    timeoutSeconds,
    retryPolicy: readRetryPolicy(wire.retry_policy),
    estimate: wire.estimate && {
      durationSeconds: wire.estimate.duration_seconds ?? DEFAULTS.estimateSeconds,
      cost: wire.estimate.cost ?? 0,
    },
    replicas: 1,
    ...readTaskParts(wire, timeoutSeconds),
  };
}

function strayDependencies(wire: StagesDialect, root: IssuePath): Issue[] {
  const known = new Set(wire.stages.map(({ stage_id: id }) => id));
  return Object.keys(wire.stage_dependencies ?? {})
    .filter((id) => !known.has(id))
    .map((id) =>
      issue({
        code: "UnknownDependency",
        severity: "error",
        message: `stage_dependencies names "${id}", which is not a stage`,
        remedy: "use a stage_id of `stages`, or remove the entry",
        segments: [...root, "stage_dependencies", id],
        atKey: true,
      }),
    );
}

function pathsOf(wire: StagesDialect, root: IssuePath): DefinitionPaths {
  const stage = (index: number): IssuePath => [...root, "stages", index];
  return {
    tasks: () => [...root, "stages"],
    task: stage,
    taskId: (index) => [...stage(index), "stage_id"],
    taskAgent: (index) => [...stage(index), "agent_requirements"],
    taskSkill: (index) => [...stage(index), "agent_requirements", "skills"],
    taskTimeout: (index) => [...stage(index), "timeout_seconds"],
    taskPart: (index, part) => [...stage(index), ...taskPartPath(wire.stages[index], part)],
    dependency: (index, position) => {
      const { stage_id: id, depends_on: inputs = [] } = present(wire.stages[index]);
      const own = inputs.length;
      if (position < own) return [...stage(index), "depends_on", position];
      return [...root, "stage_dependencies", id, position - own];
    },
    role: (name) => [...stage(wire.stages.findIndex(({ stage_id: id }) => id === name)), "agent_requirements"],
    version: () => [...root, "version"],
    coordination: () => [...root, "execution_mode"],
    top: (name) => [...root, name],
    constraint: (name) => [...root, "resource_constraints", name],
  };
}
