import { WORKFLOW_LIMITS } from "../limits.ts";
import { parsePattern } from "../../events/event-pattern.ts";
import { WORKFLOW_EVENT_SOURCE } from "../../events/envelope.ts";
import type { DialectReading } from "./dialect.ts";
import type { IssuePath } from "./issue.ts";
import type { Task } from "./task-definition.ts";
import type { IssueList } from "./issue-list.ts";
import { present } from "../../core/present.ts";

type Pattern = Readonly<Record<string, unknown>>;

/** Checks event patterns, and that nothing waits for its own consequences. */
export function checkEvents(reading: DialectReading, issues: IssueList): void {
  const { definition, paths } = reading;
  const waits = definition.tasks.some(({ waitFor }) => waitFor !== undefined);
  for (const [index, { waitFor }] of waits ? definition.tasks.entries() : []) {
    if (waitFor === undefined) continue;
    checkPattern(waitFor.pattern, [...paths.taskPart(index, "waitFor"), "pattern"], issues);
  }
  for (const [index, trigger] of definition.triggers.entries()) {
    if ("pattern" in trigger) checkPattern(trigger.pattern, [...paths.top("triggers"), index, "pattern"], issues);
  }
  if (waits) checkDeadlocks(reading, issues);
}

/** The envelope of an event on the bus; a pattern over anything else never matches. */
const ENVELOPE = ["id", "source", "detail-type", "detail", "time", "$or"];

function checkPattern(pattern: Pattern, segments: IssuePath, issues: IssueList): void {
  const parsed = parsePattern(pattern);
  const stray = Object.keys(pattern).find((key) => !ENVELOPE.includes(key.replace(/\..*/s, "")));
  if (parsed.ok && stray === undefined) return;
  const message = parsed.ok ? `events have no field "${stray}"` : `not an event pattern: ${parsed.message}`;
  const remedy =
    stray === "detail_type"
      ? 'write "detail-type"'
      : 'write lists of values under source, detail-type and detail, such as {"source": ["shop"]}';
  issues.add("error", () => ({ code: "InvalidPattern", message, remedy, segments }));
}

/** Whether an event that a task emits may match, judged by its type: its detail depends on the run. */
function typeTest({ source, "detail-type": type }: Pattern): (detailType: string) => boolean {
  const known = { ...(source === undefined ? {} : { source }), ...(type === undefined ? {} : { "detail-type": type }) };
  if (Object.keys(known).length === 0) return () => true;
  const parsed = parsePattern(known);
  return (detailType) => parsed.ok && parsed.matches({ source: WORKFLOW_EVENT_SOURCE, "detail-type": detailType });
}

/** Only events that tasks emit can match. */
function isInternal({ source }: Pattern): boolean {
  return Array.isArray(source) && source.length > 0 && source.every((each) => each === WORKFLOW_EVENT_SOURCE);
}

/**
 * A wait can end once a task that emits such an event can start. What is left when nothing more can start waits for
 * itself. Events from outside may always come, unless the pattern rules them out; then it is an error.
 */
function checkDeadlocks({ definition, paths }: DialectReading, issues: IssueList): void {
  const { tasks } = definition;
  const emitters = new Map<string, Task[]>();
  for (const task of tasks) if (task.emit !== undefined) append(emitters, task.emit.detailType, task);
  const waits = awaitedTypes(tasks, [...emitters.keys()]);
  const internal = new Map([...waits].filter(([task]) => isInternal(present(task.waitFor).pattern)));
  const [stuck, doubtful] = [internal, waits].map((some) => (some.size === 0 ? new Set() : stuckTasks(tasks, some)));
  for (const [index, task] of tasks.entries()) {
    const types = waits.get(task);
    if (types === undefined || doubtful?.has(task.id) !== true) continue;
    const isSure = internal.has(task) && stuck?.has(task.id) === true;
    const comes = isSure ? "only comes" : "comes, within this workflow, only";
    issues.add(isSure ? "error" : "warning", () => {
      const from = types.flatMap((type) => present(emitters.get(type))).map(({ id }) => id);
      return {
        code: "EventDeadlock",
        message: `task "${task.id}" waits for an event that ${comes} after it (from ${from.slice(0, 3).join(", ")})`,
        remedy: "let the task that emits the event start without this one, or wait for another event",
        segments: paths.taskPart(index, "waitFor"),
      };
    });
  }
}

/**
 * The emitted types that each wait may match; waits that match none are left out. Waits that ask alike share a list.
 * Patterns × types is bounded: beyond it, nothing is said about deadlocks.
 */
function awaitedTypes(tasks: readonly Task[], types: readonly string[]): Map<Task, readonly string[]> {
  const known = new Map<string, readonly string[]>();
  const waits = new Map<Task, readonly string[]>();
  for (const task of tasks) {
    if (task.waitFor === undefined) continue;
    const { source, "detail-type": type } = task.waitFor.pattern;
    const key = JSON.stringify([source, type]);
    if (!known.has(key) && known.size * types.length > WORKFLOW_LIMITS.dependenciesPerWorkflow) return new Map();
    const matching = known.get(key) ?? types.filter(typeTest(task.waitFor.pattern));
    known.set(key, matching);
    if (matching.length > 0) waits.set(task, matching);
  }
  return waits;
}

/** Tasks that can never start when each of `waits` needs one event of its types. */
function stuckTasks(tasks: readonly Task[], waits: ReadonlyMap<Task, readonly string[]>): ReadonlySet<string> {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const missing = new Map<Task, number>();
  const followers = new Map<Task, Task[]>();
  for (const task of tasks) {
    const inputs = new Set(task.dependsOn.flatMap((id) => byId.get(id) ?? []));
    missing.set(task, inputs.size + (waits.has(task) ? 1 : 0));
    for (const input of inputs) append(followers, input, task);
  }
  const listsOf = new Map<string, (readonly string[])[]>();
  const waiting = new Map<readonly string[], Task[]>();
  for (const [task, types] of waits) {
    if (!waiting.has(types)) for (const type of types) append(listsOf, type, types);
    append(waiting, types, task);
  }
  const stuck = new Set(tasks.map(({ id }) => id));
  const ready = tasks.filter((task) => missing.get(task) === 0);
  const release = (task: Task): void => {
    const left = present(missing.get(task)) - 1;
    missing.set(task, left);
    if (left === 0) ready.push(task);
  };
  for (let task = ready.pop(); task !== undefined; task = ready.pop()) {
    stuck.delete(task.id);
    for (const follower of followers.get(task) ?? []) release(follower);
    for (const types of listsOf.get(task.emit?.detailType ?? "") ?? []) {
      for (const waiter of waiting.get(types) ?? []) release(waiter);
      waiting.delete(types);
    }
  }
  return stuck;
}

function append<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** Adds what is allowed but probably not meant about events: names without waits, workflows that start themselves. */
export function adviseEvents({ definition, paths }: DialectReading, issues: IssueList): void {
  const { type, eventDriven } = definition.coordination;
  const waiting = new Set(definition.tasks.filter(({ waitFor }) => waitFor !== undefined).map(({ id }) => id));
  const mismatch = (message: string, remedy: string): void =>
    issues.add("warning", () => ({ code: "CoordinationMismatch", message, remedy, segments: paths.coordination() }));
  const isTriggered = definition.triggers.some((trigger) => "pattern" in trigger);
  if (type === "graph_based" && (waiting.size > 0 || isTriggered)) {
    mismatch("coordination is graph_based, but events steer the run", 'write "hybrid"');
  }
  if (type === "event_driven" && waiting.size === 0 && !isTriggered) {
    mismatch("coordination is event_driven, but nothing waits for an event", "add wait_for_event or triggers");
  }
  // 004 §5.2: `event_driven` names types of events. An author who lists a task there expects it to wait.
  for (const { id } of eventDriven.length === 0 ? [] : definition.tasks) {
    if (!eventDriven.includes(id) || waiting.has(id)) continue;
    mismatch(`task "${id}" is listed under event_driven, but waits for no event`, "add wait_for_event to the task");
  }
  for (const [index, trigger] of definition.triggers.entries()) {
    if (!("pattern" in trigger)) continue;
    const { pattern } = trigger;
    const matches = typeTest(pattern);
    const own = definition.tasks.find(({ emit }) => emit !== undefined && matches(emit.detailType));
    if (own === undefined || (pattern["source"] === undefined && pattern["detail-type"] === undefined)) continue;
    issues.add("warning", () => ({
      code: "SelfTrigger",
      message: `the workflow may start itself: task "${own.id}" emits an event that trigger ${index + 1} matches`,
      remedy: "narrow the pattern, or emit another detail_type",
      segments: [...paths.top("triggers"), index, "pattern"],
    }));
  }
}
