import { CorruptPlanError } from "./errors.ts";
import { DEFAULTS } from "../limits.ts";
import type { AgentTask, GateTask, Plan, PlanTask } from "./plan.ts";
import type { RetryPolicy } from "../definition/task-definition.ts";
import type { CompensationStrategy } from "../definition/workflow-definition.ts";
import { contentHash } from "../../core/canonical-json.ts";
import { formatFlow } from "./flow.ts";
import { at, buildGraph, criticalPath, earliestFinish, levelsOf, peakParallelism, topologicalOrder } from "./graph.ts";
import { requiredResources } from "../definition/resources.ts";
import { orderUndo, type UndoNode, type UndoStep } from "./undo-order.ts";
import { present } from "../../core/present.ts";

/**
 * The plan that undoes these steps of a plan in the order of a strategy, as a graph run. Equal steps give equal
 * plans. An undo depends on its task and on that task's inputs; it waits only for the undos before it.
 *
 * @throws {CorruptPlanError} a task with a compensation names no role that could carry it out.
 */
export function undoPlan(plan: Plan, steps: readonly UndoStep[], strategy: CompensationStrategy): Plan {
  const nodes = orderUndo(plan.tasks, steps, strategy);
  const places = new Map(nodes.map(({ id }, index) => [id, index]));
  const graph = buildGraph(nodes.map(({ needs }) => needs.map((need) => present(places.get(need)))));
  const order = topologicalOrder(graph);
  const levels = levelsOf(graph, order);
  const policies = new Map<string, { readonly policy: RetryPolicy; readonly index: number }>();
  const undone = nodes.map((node, v) => taskOf(node, { level: at(levels, v), policies }));
  const edges = nodes.flatMap(({ id, needs }) => needs.map((need) => ({ need, id })));
  const released = Map.groupBy(edges, ({ need }) => need);
  const seconds = Float64Array.from(undone, ({ estimateSeconds }) => estimateSeconds);
  const finish = earliestFinish(graph, order, seconds);
  const path = criticalPath(graph, finish);
  const calls = undone.filter((task) => task.kind === "agent");
  const used = new Set(calls.map(({ agent }) => agent));
  const agents = Object.fromEntries(Object.entries(plan.agents).filter(([role]) => used.has(role)));
  const durationSeconds = at(finish, present(path.at(-1)));
  const body: Omit<Plan, "planHash"> = {
    ...headOf(plan),
    agents,
    retryPolicies: [...policies.values()].map(({ policy }) => policy),
    tasks: undone.map((task) => ({ ...task, releases: released.get(task.id)?.map(({ id }) => id) ?? [] })),
    flow: sideBySide(nodes.length),
    levelCount: levels.reduce((most, level) => Math.max(most, level + 1), 0),
    criticalPath: { tasks: path.map((v) => present(nodes[v]).id), seconds: durationSeconds },
    parallelDegree: peakParallelism(finish, seconds),
    estimates: { durationSeconds, cost: 0, ...requiredResources({ agents, tasks: calls }) },
  };
  return { ...body, planHash: contentHash(JSON.stringify(body)) };
}

/** No budget and no service level: what was begun has to be undone, whatever it takes. */
function headOf({ format, name, version, description, pattern, priority, ...plan }: Plan) {
  const { executionTimeoutSeconds, coordination, faultTolerance, resourceConstraints } = plan;
  const limits = { executionTimeoutSeconds, coordination, faultTolerance, resourceConstraints };
  return { format, name, version, description, pattern, priority, ...limits };
}

/** The skeleton orders nothing, so every need is in `after`: no machine is ever generated of such a plan. */
const sideBySide = (size: number): string => {
  const parts = Array.from({ length: size }, (_, index) => index);
  return formatFlow(size === 1 ? 0 : { kind: "parallel", parts });
};

interface Context {
  readonly level: number;
  /** Collects each distinct policy once, by content. */
  readonly policies: Map<string, { readonly policy: RetryPolicy; readonly index: number }>;
}

function taskOf(node: UndoNode, { level, policies }: Context): AgentTask | GateTask {
  const place = { id: node.id, needs: [...node.needs], after: [...node.needs], releases: [], level };
  const task = node.step?.done;
  if (task?.compensation === undefined || node.step === undefined) return { kind: "gate", ...place, ...GATE };
  const { action, agent, input, timeoutSeconds, retryPolicy } = task.compensation;
  return {
    kind: "agent",
    ...place,
    agent: roleOf(task, agent),
    skill: action,
    dependsOn: [node.step.name, ...task.dependsOn],
    timeoutSeconds,
    retryPolicy: indexOf(policies, retryPolicy),
    estimateSeconds: Math.min(DEFAULTS.estimateSeconds, timeoutSeconds),
    estimateCost: 0,
    onFailure: "park",
    // An undo is an effect: nothing reads what it says.
    onEmptyAnswer: "accept",
    priority: task.priority,
    input: Object.keys(input).length === 0 ? undefined : input,
    join: "always",
  };
}

/** Settles as soon as it is looked at. Its policy is never asked for; there is one, that of some undo. */
const GATE = {
  dependsOn: [],
  retryPolicy: 0,
  timeoutSeconds: DEFAULTS.taskTimeoutSeconds,
  estimateSeconds: 0,
  estimateCost: 0,
  onFailure: "park",
} satisfies Partial<GateTask>;

function roleOf(task: PlanTask, agent: string | undefined): string {
  const role = agent ?? (task.kind === "agent" ? task.agent : task.kind === "pattern" ? task.call?.agent : undefined);
  if (role === undefined) throw new CorruptPlanError(`'${task.id}' has a compensation but no role to carry it out`);
  return role;
}

function indexOf(policies: Context["policies"], policy: RetryPolicy): number {
  const content = JSON.stringify(policy);
  const known = policies.get(content) ?? { policy, index: policies.size };
  policies.set(content, known);
  return known.index;
}
