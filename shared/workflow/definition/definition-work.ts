import type { DefinitionPaths, DialectReading } from "./dialect.ts";
import type { IssuePath } from "./issue.ts";
import type { TaskPart } from "./task-parts.ts";
import type { Task } from "./task-definition.ts";
import { suggestion } from "../../core/closest.ts";
import type { IssueList } from "./issue-list.ts";
import { parseVersionConstraint } from "../../core/versions.ts";
import type { PatternUse } from "../../patterns/pattern-use.ts";
import { planPattern } from "../../patterns/planned-pattern.ts";

/** Checks that what tasks ask for fits what they do: fields, sub-workflows, compensations. */
export function checkWork(reading: DialectReading, issues: IssueList): void {
  const { definition, paths } = reading;
  for (const [index, task] of definition.tasks.entries()) {
    checkFields(task, index, { reading, issues });
    if (task.workflow?.name === definition.name) {
      issues.add("error", () => ({
        code: "RecursiveWorkflow",
        message: `task "${task.id}" runs the workflow it belongs to`,
        remedy: "run another workflow",
        segments: paths.taskPart(index, "workflow"),
      }));
    }
    if (task.pattern !== undefined) checkPattern(task.pattern, index, { reading, issues });
    if (task.compensation !== undefined) checkCompensation(task, index, { reading, issues });
  }
  checkPivots(reading, issues);
  checkAgentVersions(reading, issues);
}

type Finding = { readonly reading: DialectReading; readonly issues: IssueList };

function checkFields(task: Task, index: number, { reading: { paths }, issues }: Finding): void {
  const refuse = (segments: IssuePath, message: string, remedy: string): void =>
    issues.add("error", () => ({ code: "UnusableKey", message, remedy, segments }));
  const isGate = task.agent === undefined && task.workflow === undefined;
  if (task.forEach !== undefined && isGate) {
    const message = `task "${task.id}" has for_each, but neither an agent nor a workflow`;
    refuse(paths.taskPart(index, "forEach"), message, "add one of them, or remove for_each");
  }
  if (task.forEach !== undefined && task.replicas > 1) {
    const message = `task "${task.id}" has for_each and a fixed number of copies`;
    refuse(paths.taskPart(index, "forEach"), message, "keep one of them");
  }
  if (task.scatter !== undefined) checkScatter(task, index, { refuse, paths });
  if (task.agent !== undefined) return;
  const stated: readonly (readonly [unknown, string, TaskPart | undefined])[] = [
    [task.skill, "a skill", undefined],
    [task.hedge, "hedge", "hedge"],
    [task.onLostAnswer, "on_lost_answer", "onLostAnswer"],
    [task.onEmptyAnswer, "on_empty_answer", "onEmptyAnswer"],
    [task.operation, "an operation", "operation"],
    [task.transcript, "transcript", "transcript"],
    [task.scatter, "scatter", "scatter"],
    [task.strategy, "a strategy", "strategy"],
    [task.routingKey, "a routing_key", "routingKey"],
    [task.replicas > 1 ? task.replicas : undefined, "copies", undefined],
  ];
  for (const [value, name, part] of stated) {
    if (value === undefined) continue;
    const segments = part === undefined ? paths.task(index) : paths.taskPart(index, part);
    refuse(segments, `task "${task.id}" has ${name}, but calls no agent`, "remove it, or add `agent`");
  }
}

/** Whether its members and configuration make a pattern that can run. */
function checkPattern(use: PatternUse, index: number, { reading, issues }: Finding): void {
  const { definition, paths } = reading;
  const place = paths.taskPart(index, "pattern");
  const names = Object.values(use.workflows ?? {}).map(({ name }) => name);
  const both = names.find((name) => Object.hasOwn(definition.agents, name));
  if (both !== undefined) {
    const message = `"${both}" is an agent and a workflow among the members`;
    issues.add("error", () => ({ code: "InvalidMembers", message, remedy: "rename the agent", segments: [...place, "members"] }));
  }
  if (names.includes(definition.name)) {
    const message = `a member is the workflow that it belongs to`;
    issues.add("error", () => ({ code: "RecursiveWorkflow", message, remedy: "name another workflow", segments: [...place, "members"] }));
  }
  for (const { path, message, remedy } of planPattern(use, definition.agents).findings) {
    const [first] = path;
    const code = first === "name" ? "UnknownPattern" : first === "members" ? "InvalidMembers" : "InvalidValue";
    issues.add("error", () => ({ code, message, remedy, segments: [...place, ...path] }));
  }
}

function checkScatter(
  task: Task,
  index: number,
  { refuse, paths }: { refuse: (segments: IssuePath, message: string, remedy: string) => void; paths: DefinitionPaths },
): void {
  const { scatter, id } = task;
  const segments = paths.taskPart(index, "scatter");
  if (task.forEach !== undefined || task.hedge !== undefined) {
    refuse(segments, `task "${id}" has scatter, and for_each or hedge as well`, "keep one of them");
  }
  const asked = Array.isArray(scatter?.agents) ? scatter.agents.length : (scatter?.agents ?? 0);
  if (scatter !== undefined && scatter.minResponses > asked) {
    const message = `task "${id}" asks ${asked} agents and needs ${scatter.minResponses} answers`;
    refuse(segments, message, "ask more agents, or lower min_responses");
  }
}

function checkCompensation(task: Task, index: number, { reading, issues }: Finding): void {
  const { definition, paths } = reading;
  const role = task.compensation?.agent;
  const segments = paths.taskPart(index, "compensation");
  if (role === undefined && task.agent === undefined) {
    issues.add("error", () => ({
      code: "CompensationWithoutAgent",
      message: `nobody can undo task "${task.id}": neither it nor its compensation names an agent`,
      remedy: "add `agent` to the compensation",
      segments,
    }));
  }
  if (role === undefined || Object.hasOwn(definition.agents, role)) return;
  issues.add("error", () => ({
    code: "UnknownAgent",
    message: `the compensation of task "${task.id}" names the agent "${role}", which is not defined`,
    remedy: suggestion(role, Object.keys(definition.agents), "define it under `agents`"),
    segments: [...segments, "agent"],
  }));
}

/** Spec 003: nothing that comes after a point of no return is undone. */
function checkPivots({ definition, paths }: DialectReading, issues: IssueList): void {
  const { tasks } = definition;
  if (!tasks.some(({ isPivot }) => isPivot)) return;
  const followers = new Map<string, string[]>();
  for (const { id, dependsOn } of tasks) {
    for (const input of dependsOn) {
      const known = followers.get(input);
      if (known === undefined) followers.set(input, [id]);
      else known.push(id);
    }
  }
  const pivotBefore = new Map<string, string>();
  const visit = tasks.filter(({ isPivot }) => isPivot).map(({ id }) => ({ id, pivot: id }));
  for (let next = visit.pop(); next !== undefined; next = visit.pop()) {
    const { id, pivot } = next;
    for (const follower of followers.get(id) ?? []) {
      if (pivotBefore.has(follower)) continue;
      pivotBefore.set(follower, pivot);
      visit.push({ id: follower, pivot });
    }
  }
  for (const [index, { id, compensation }] of tasks.entries()) {
    const pivot = pivotBefore.get(id);
    if (pivot === undefined || compensation === undefined) continue;
    issues.add("error", () => ({
      code: "CompensationAfterPivot",
      message: `task "${id}" has a compensation, but comes after the pivot "${pivot}", from which nothing is undone`,
      remedy: "remove the compensation, or move is_pivot to a later task",
      segments: paths.taskPart(index, "compensation"),
    }));
  }
}

function checkAgentVersions({ definition, paths }: DialectReading, issues: IssueList): void {
  for (const [role, { agentVersion }] of Object.entries(definition.agents)) {
    if (agentVersion === undefined || parseVersionConstraint(agentVersion) !== undefined) continue;
    issues.add("error", () => ({
      code: "InvalidValue",
      message: `"${agentVersion}" is no version constraint`,
      remedy: 'write one such as ">=1.2.0"',
      segments: [...paths.role(role), "agent_version"],
    }));
  }
}
