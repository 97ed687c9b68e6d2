import { InvalidDefinitionError } from "../../core/errors.ts";
import { DEFAULTS } from "../limits.ts";
import type { Plan, PlanTask } from "./plan.ts";
import type { RetryPolicy, Task } from "../definition/task-definition.ts";
import type { WorkflowDefinition } from "../definition/workflow-definition.ts";
import { contentHash, sortKeys } from "../../core/canonical-json.ts";
import { decompose } from "./decompose.ts";
import type { Node } from "../definition/expand-replicas.ts";
import { formatFlow, orderOf } from "./flow.ts";
import { at, criticalPath, earliestFinish, type Graph, levelsOf, peakParallelism, predsOf } from "./graph.ts";
import { patternRoles } from "../definition/pattern-roles.ts";
import { requiredResources } from "../definition/resources.ts";
import { structureOf } from "./structure.ts";
import type { PatternUse, PlannedPattern } from "../../patterns/pattern-use.ts";
import { supervisedUse } from "../definition/supervision.ts";
import { planPattern } from "../../patterns/planned-pattern.ts";
import { present } from "../../core/present.ts";

/**
 * Decides how a definition runs: order, waits, critical path, estimates. Equal definitions give equal plans, byte for
 * byte once written with `JSON.stringify`; the order of keys in the definition does not matter.
 *
 * `npm run bench:plan` holds the cost: 10 000 tasks validated, planned and compiled in 250 ms of CPU.
 *
 * @throws {InvalidDefinitionError} tasks wait for each other. `validateDefinition` says so in better words.
 */
export function planWorkflow(definition: WorkflowDefinition): Plan {
  const structure = structureOf(definition);
  if (structure === undefined) {
    throw new InvalidDefinitionError([{ code: "Cycle", path: "tasks", message: "tasks wait for each other" }]);
  }
  const { nodes, graph, order, reduced } = structure;
  const seconds = Float64Array.from(nodes, ({ task }) => estimateSeconds(task));
  const finish = earliestFinish(graph, order, seconds);
  const flow = decompose(reduced, seconds);
  const waits = crossWaits(reduced, orderOf(flow, reduced.size).isBefore);
  const levels = levelsOf(reduced, order);
  const policies = new PolicyTable();
  const path = criticalPath(graph, finish);
  const durationSeconds = at(finish, present(path.at(-1)));
  const idOf = (v: number): string => present(nodes[v]).id;
  const body: Omit<Plan, "planHash"> = {
    ...headOf(definition),
    retryPolicies: policies.entries,
    tasks: nodes.map((node, v) =>
      planTask(node, {
        ids: (row) => Array.from(row, idOf),
        needs: predsOf(reduced, v),
        ...present(waits[v]),
        level: at(levels, v),
        policies,
        definition,
      }),
    ),
    flow: formatFlow(flow),
    levelCount: levels.reduce((most, level) => Math.max(most, level + 1), 0),
    criticalPath: { tasks: path.map(idOf), seconds: durationSeconds },
    parallelDegree: peakParallelism(finish, seconds),
    estimates: {
      durationSeconds,
      cost: nodes.reduce((sum, { task }) => sum + (task.estimate?.cost ?? 0), 0),
      ...requiredResources({ ...definition, others: patternRoles(definition) }),
    },
  };
  return { ...body, planHash: contentHash(JSON.stringify(body)) };
}

/** The tasks of each level, in plan order: what would run together if every task took equally long. */
export function tasksByLevel(plan: Plan): string[][] {
  const levels: string[][] = Array.from({ length: plan.levelCount }, () => []);
  for (const { id, level } of plan.tasks) levels[level]?.push(id);
  return levels;
}

/** Whether a plan's content still matches its name. */
export function isGenuine(plan: Plan): boolean {
  const { planHash, ...body } = plan;
  return contentHash(JSON.stringify(body)) === planHash;
}

/**
 * How long a task works. Waiting for an event or a person is not work and counts as nothing. A `for_each` counts as one
 * instance: how many there are is known when it runs, and with enough agents they work side by side.
 */
function estimateSeconds({ estimate, agent, workflow, pattern, timeoutSeconds }: Task): number {
  if (estimate !== undefined) return estimate.durationSeconds;
  // How many turns it takes is known when it runs.
  if (pattern !== undefined) return DEFAULTS.subWorkflowEstimateSeconds;
  if (workflow !== undefined) return Math.min(DEFAULTS.subWorkflowEstimateSeconds, timeoutSeconds);
  return agent === undefined ? 0 : Math.min(DEFAULTS.estimateSeconds, timeoutSeconds);
}

function headOf(definition: WorkflowDefinition) {
  const roles = Object.entries(definition.agents).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    format: 1 as const,
    name: definition.name,
    version: definition.version,
    description: definition.description,
    pattern: definition.pattern,
    priority: definition.priority,
    executionTimeoutSeconds: definition.executionTimeoutSeconds,
    coordination: definition.coordination,
    faultTolerance: definition.faultTolerance,
    sla: definition.sla,
    resourceConstraints: definition.resourceConstraints,
    budget: definition.budget,
    runner: definition.runner,
    answer: definition.answer,
    outputs: orUndefined(definition.outputs, sortedTexts),
    triggers: definition.triggers.length === 0 ? undefined : definition.triggers,
    agents: Object.fromEntries(roles),
  };
}

/** Splits the inputs of each task into those the skeleton enforces and those the dispatcher must wait for. */
function crossWaits(reduced: Graph, isBefore: (u: number, v: number) => boolean) {
  const waits = Array.from({ length: reduced.size }, () => ({ after: new Array<number>(), releases: new Array<number>() }));
  for (let v = 0; v < reduced.size; v++) {
    for (const u of predsOf(reduced, v)) {
      if (isBefore(u, v)) continue;
      waits[v]?.after.push(u);
      waits[u]?.releases.push(v);
    }
  }
  return waits;
}

interface TaskContext {
  readonly ids: (row: Iterable<number> & ArrayLike<number>) => string[];
  readonly needs: Int32Array;
  readonly after: number[];
  readonly releases: number[];
  readonly level: number;
  readonly policies: PolicyTable;
  readonly definition: WorkflowDefinition;
}

/** Keys in the order of the schema, which a plan has again after it was stored. */
function planTask(node: Node, context: TaskContext): PlanTask {
  const { task, replica } = node;
  if (task.workflow !== undefined) return { ...commonPart(node, context), kind: "workflow", workflow: task.workflow };
  if (task.emit !== undefined) {
    const emit = { detailType: task.emit.detailType, detail: sortedFields(task.emit.detail) };
    return { ...commonPart(node, context), kind: "emit", emit };
  }
  if (task.pattern !== undefined) return { ...commonPart(node, context), kind: "pattern", pattern: plannedPattern(task.pattern, context.definition) };
  if (task.agent === undefined) return { ...commonPart(node, context), kind: "gate" };
  const call = callOf({ task, replica }, task.agent);
  const { supervision } = context.definition;
  const judged = supervisedUse(supervision, task);
  if (judged === undefined) return { ...commonPart(node, context), kind: "agent", ...call };
  const common = commonPart(node, context);
  // At the end of a hierarchy stands a person.
  const onFailure = supervision?.config["escalate"] === true && common.onFailure === "fail" ? "park" : common.onFailure;
  return { ...common, onFailure, kind: "pattern", pattern: plannedPattern(judged, context.definition), call };
}

function callOf({ task, replica }: Pick<Node, "task" | "replica">, agent: string) {
  return {
    agent,
    skill: task.skill,
    hedge: task.hedge,
    onLostAnswer: task.onLostAnswer,
    onEmptyAnswer: task.onEmptyAnswer,
    operation: task.operation,
    transcript: task.transcript,
    scatter: task.scatter,
    strategy: task.strategy,
    routingKey: task.routingKey,
    replica: replica === 0 ? undefined : { of: task.id, index: replica, count: task.replicas },
  };
}

/** @throws {InvalidDefinitionError} it cannot run. `validateDefinition` says so in better words. */
function plannedPattern(use: PatternUse, { agents }: WorkflowDefinition): PlannedPattern {
  const { planned, findings } = planPattern(use, agents);
  if (planned !== undefined) return { ...planned, config: sortedFields(planned.config) };
  throw new InvalidDefinitionError(findings.map(({ path, message }) => ({ code: "InvalidPattern", path: path.join("."), message })));
}

function commonPart({ id, task, inputs }: Node, context: TaskContext) {
  const { ids, needs, after, releases, level, policies } = context;
  const dependsOn = ids(inputs);
  return {
    id,
    description: task.description,
    dependsOn,
    needs: needs.length === inputs.length ? dependsOn : ids(needs),
    after: ids(after),
    releases: ids(releases),
    level,
    timeoutSeconds: task.timeoutSeconds,
    retryPolicy: policies.indexOf(task.retryPolicy),
    estimateSeconds: estimateSeconds(task),
    estimateCost: task.estimate?.cost ?? 0,
    onFailure: task.onFailure,
    priority: task.priority,
    input: orUndefined(task.input, sortedFields),
    inputFrom: orUndefined(task.inputFrom, sortedTexts),
    when: task.when,
    join: task.join === "any" ? undefined : task.join,
    waitFor: task.waitFor && { ...task.waitFor, pattern: sortedFields(task.waitFor.pattern) },
    approval: task.approval,
    forEach: task.forEach,
    compensation: task.compensation && { ...task.compensation, input: sortedFields(task.compensation.input) },
    isPivot: task.isPivot || undefined,
  };
}

/** Keys in order, at every depth: equal definitions give equal bytes. */
function sortedFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(fields)
      .sort()
      .map((key) => [key, sortKeys(fields[key])]),
  );
}

/** What says nothing is left out of the plan. */
function orUndefined<Fields extends object>(fields: Fields, sorted: (fields: Fields) => Fields): Fields | undefined {
  for (const _ in fields) return sorted(fields);
  return undefined;
}

function sortedTexts(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Writes each distinct policy once: ten thousand tasks mostly share one. */
class PolicyTable {
  readonly entries: RetryPolicy[] = [];
  readonly #byIdentity = new Map<RetryPolicy, number>();
  readonly #byContent = new Map<string, number>();

  indexOf(policy: RetryPolicy): number {
    const known = this.#byIdentity.get(policy);
    if (known !== undefined) return known;
    const content = JSON.stringify(policy);
    const index = this.#byContent.get(content) ?? this.entries.push(policy) - 1;
    this.#byContent.set(content, index);
    this.#byIdentity.set(policy, index);
    return index;
  }
}
