import { WORKFLOW_LIMITS } from "../limits.ts";
import type { DialectReading } from "./dialect.ts";
import { suggestion } from "../../core/closest.ts";
import { checkEvents } from "./definition-events.ts";
import { checkExpressions } from "./definition-expressions.ts";
import { checkWork } from "./definition-work.ts";
import { replicaIds } from "./expand-replicas.ts";
import { buildGraph } from "../plan/graph.ts";
import { findKnots } from "../plan/knots.ts";
import type { IssueList } from "./issue-list.ts";
import { patternRoles } from "./pattern-roles.ts";
import { requiredResources } from "./resources.ts";
import { present } from "../../core/present.ts";

const BYTES_PER_GB = 1e9;
const NAMES_SHOWN = 12;

/** Checks what spans tasks and refuses a definition: ids, references, cycles, ceilings, expressions, events. */
export function addRuleErrors(reading: DialectReading, issues: IssueList): void {
  // Copies are counted before they are named: 10 000 tasks of 10 000 copies would be a hundred million.
  if (!hasSaneSize(reading, issues)) return;
  checkIds(reading, issues);
  checkAgents(reading, issues);
  const inputs = checkDependencies(reading, issues);
  checkCycles(reading, inputs, issues);
  checkConstraints(reading, issues);
  checkWork(reading, issues);
  checkExpressions(reading, issues);
  checkEvents(reading, issues);
}

function hasSaneSize({ definition, paths }: DialectReading, issues: IssueList): boolean {
  const { tasks } = definition;
  const replicas = new Map(tasks.map((task) => [task.id, task.replicas]));
  const total = tasks.reduce((sum, task) => sum + task.replicas, 0);
  if (total > WORKFLOW_LIMITS.tasksPerWorkflow) {
    issues.add("error", () => ({
      code: "TooManyTasks",
      message: `${total} tasks with their copies, more than ${WORKFLOW_LIMITS.tasksPerWorkflow}`,
      remedy: "lower `count`, or split the workflow",
      segments: paths.tasks(),
    }));
  }
  const inputsOf = (dependsOn: readonly string[]): number =>
    dependsOn.reduce((sum, id) => sum + (replicas.get(id) ?? 0), 0);
  const edges = tasks.reduce((sum, task) => sum + task.replicas * inputsOf(task.dependsOn), 0);
  if (edges <= WORKFLOW_LIMITS.dependenciesPerWorkflow) return total <= WORKFLOW_LIMITS.tasksPerWorkflow;
  issues.add("error", () => ({
    code: "TooManyDependencies",
    message: `${edges} dependencies between tasks and their copies, more than ${WORKFLOW_LIMITS.dependenciesPerWorkflow}`,
    remedy: "let one task join the results, and depend on that task",
    segments: paths.tasks(),
  }));
  return false;
}

function checkIds({ definition, paths }: DialectReading, issues: IssueList): void {
  const owner = new Map<string, number>();
  for (const [index, task] of definition.tasks.entries()) {
    for (const id of [task.id, ...(task.replicas > 1 ? replicaIds(task) : [])]) {
      const first = owner.get(id);
      if (first === undefined) owner.set(id, index);
      else {
        issues.add("error", () => ({
          code: "DuplicateTask",
          message: `task id "${id}" is used twice; first by task ${first + 1}`,
          remedy: "give each task its own id (copies are named id-1, id-2 …)",
          segments: paths.taskId(index),
        }));
      }
    }
  }
}

function checkAgents({ definition, paths }: DialectReading, issues: IssueList): void {
  const roles = Object.keys(definition.agents);
  for (const [index, { id, agent }] of definition.tasks.entries()) {
    if (agent === undefined || Object.hasOwn(definition.agents, agent)) continue;
    issues.add("error", () => ({
      code: "UnknownAgent",
      message: `task "${id}" names the agent "${agent}", which is not defined`,
      remedy: suggestion(
        agent,
        roles,
        `define it under \`agents\`, beside ${roles.slice(0, 5).join(", ") || "nothing yet"}`,
      ),
      segments: paths.taskAgent(index),
    }));
  }
}

/** Returns the known inputs of each task by index, self-references left out. */
function checkDependencies({ definition, paths }: DialectReading, issues: IssueList): number[][] {
  const indices = new Map<string, number>();
  for (const [index, { id }] of definition.tasks.entries()) if (!indices.has(id)) indices.set(id, index);
  const lastReader = new Int32Array(definition.tasks.length).fill(-1);
  return definition.tasks.map(({ id, dependsOn }, index) => {
    const inputs: number[] = [];
    for (const [position, dependency] of dependsOn.entries()) {
      const input = indices.get(dependency);
      if (input !== undefined && dependency !== id && lastReader[input] !== index) {
        lastReader[input] = index;
        inputs.push(input);
        continue;
      }
      const segments = paths.dependency(index, position);
      if (dependency === id) issues.add("error", () => selfDependency(id, segments));
      else if (input === undefined)
        issues.add("error", () => unknownDependency(id, dependency, indices.keys(), segments));
      else issues.add("warning", () => repeatedDependency(id, dependency, segments));
    }
    return inputs;
  });
}

type Segments = ReturnType<DialectReading["paths"]["dependency"]>;

function selfDependency(id: string, segments: Segments) {
  return {
    code: "SelfDependency" as const,
    message: `task "${id}" depends on itself`,
    remedy: "remove the entry",
    segments,
  };
}

function unknownDependency(id: string, dependency: string, known: Iterable<string>, segments: Segments) {
  return {
    code: "UnknownDependency" as const,
    message: `task "${id}" depends on "${dependency}", which is not defined`,
    remedy: suggestion(dependency, known, "use the id of a task, or remove the entry"),
    segments,
  };
}

function repeatedDependency(id: string, dependency: string, segments: Segments) {
  return {
    code: "RepeatedDependency" as const,
    message: `task "${id}" names "${dependency}" twice`,
    remedy: "remove one entry",
    segments,
  };
}

function checkCycles({ definition, paths }: DialectReading, inputs: number[][], issues: IssueList): void {
  const { tasks } = definition;
  const idOf = (index: number): string => present(tasks[index]).id;
  for (const { cycle, members } of findKnots(buildGraph(inputs))) {
    const [first = 0, second = first] = cycle;
    const hasMore = members.length > cycle.length;
    const circle = `tasks wait for each other: ${[...cycle, first].map(idOf).join(" → ")}`;
    issues.add("error", () => ({
      code: "Cycle",
      message: hasMore ? `${circle}; this knot holds ${members.length} tasks: ${listed(members.map(idOf))}` : circle,
      remedy: `remove one of these dependencies${hasMore ? "; the knot has further cycles" : ""}`,
      segments: paths.dependency(first, present(tasks[first]).dependsOn.indexOf(idOf(second))),
    }));
  }
}

/** Names, as many as a reader wants to see. */
const listed = (ids: readonly string[]): string =>
  ids.length > NAMES_SHOWN ? `${ids.slice(0, NAMES_SHOWN).join(", ")} …` : ids.join(", ");

function checkConstraints({ definition, paths }: DialectReading, issues: IssueList): void {
  const limits = definition.resourceConstraints;
  if (limits === undefined) return;
  const { agentsRequired, cpuCores, memoryGb } = requiredResources({ ...definition, others: patternRoles(definition) });
  const checks = [
    { name: "max_agents", limit: limits.maxAgents, needed: agentsRequired, unit: "agents" },
    { name: "max_cpu", limit: limits.maxCpuCores, needed: cpuCores, unit: "cores" },
    {
      name: "max_memory",
      limit: limits.maxMemoryBytes && limits.maxMemoryBytes / BYTES_PER_GB,
      needed: memoryGb,
      unit: "GB",
    },
  ] as const;
  for (const { name, limit, needed, unit } of checks) {
    if (limit === undefined || needed <= limit) continue;
    issues.add("error", () => ({
      code: "ResourceUnsatisfiable",
      message: `the agents need ${needed} ${unit}, ${name} allows ${limit}`,
      remedy: `raise ${name}, or ask for less under \`agents\``,
      segments: paths.constraint(name),
    }));
  }
}
