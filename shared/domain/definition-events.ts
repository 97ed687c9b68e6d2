import { parsePattern } from "../events/event-pattern.ts";
import { WORKFLOW_EVENT_SOURCE } from "../events/workflow-events.ts";
import type { DialectReading } from "../schemas/dialect.ts";
import type { IssuePath } from "../schemas/issue.ts";
import type { Task } from "../schemas/workflow-definition.ts";
import type { IssueList } from "./issue-list.ts";

type Pattern = Readonly<Record<string, unknown>>;

/** Checks event patterns, and that nothing waits for its own consequences. */
export function checkEvents(reading: DialectReading, issues: IssueList): void {
  const { definition, paths } = reading;
  const waits = definition.tasks.some(({ waitFor }) => waitFor !== undefined);
  for (const [index, { waitFor }] of waits ? definition.tasks.entries() : []) {
    if (waitFor === undefined) continue;
    checkPattern(waitFor.pattern, [...paths.taskPart(index, "waitFor"), "pattern"], issues);
  }
  for (const [index, { pattern }] of definition.triggers.entries()) {
    checkPattern(pattern, [...paths.top("triggers"), index, "pattern"], issues);
  }
  if (waits) checkDeadlocks(reading, issues);
}

/** The envelope of an event on the bus; a pattern over anything else never matches. */
const ENVELOPE = ["id", "source", "detail-type", "detail", "time", "$or"];

function checkPattern(pattern: Pattern, segments: IssuePath, issues: IssueList): void {
  const parsed = parsePattern(pattern);
  const stray = Object.keys(pattern).find((key) => !ENVELOPE.includes(key.split(".")[0] ?? ""));
  if (parsed.ok && stray === undefined) return;
  const message = parsed.ok ? `events have no field "${stray}"` : `not an event pattern: ${parsed.message}`;
  const remedy =
    stray === "detail_type"
      ? 'write "detail-type"'
      : 'write lists of values under source, detail-type and detail, such as {"source": ["shop"]}';
  issues.add("error", () => ({ code: "InvalidPattern", message, remedy, segments }));
}

/** What is known of an event before it is emitted: its source and its type. The detail depends on the run. */
function mayMatch(pattern: Pattern, detailType: string): boolean {
  const { source, "detail-type": type } = pattern;
  const known = { ...(source === undefined ? {} : { source }), ...(type === undefined ? {} : { "detail-type": type }) };
  if (Object.keys(known).length === 0) return true;
  const parsed = parsePattern(known);
  return parsed.ok && parsed.matches({ source: WORKFLOW_EVENT_SOURCE, "detail-type": detailType });
}

/** Only events that tasks emit can match. */
function isInternal({ source }: Pattern): boolean {
  return Array.isArray(source) && source.length > 0 && source.every((each) => each === WORKFLOW_EVENT_SOURCE);
}

/**
 * A wait can end if a task that emits such an event can start. What is left when nothing more can start waits for
 * itself. Events from outside may always come, unless the pattern rules them out; then it is an error.
 */
function checkDeadlocks({ definition, paths }: DialectReading, issues: IssueList): void {
  const { tasks } = definition;
  const emitters = tasks.flatMap((task) => (task.emit === undefined ? [] : [{ id: task.id, type: task.emit.detailType }]));
  if (emitters.length === 0) return;
  const sources = new Map<string, string[]>();
  for (const { id, waitFor } of tasks) {
    if (waitFor === undefined) continue;
    const own = emitters.filter(({ type }) => mayMatch(waitFor.pattern, type)).map((emitter) => emitter.id);
    if (own.length > 0) sources.set(id, own);
  }
  const internal = new Map([...sources].filter(([id]) => isInternal(tasks.find((task) => task.id === id)?.waitFor?.pattern ?? {})));
  const stuck = stuckTasks(tasks, internal);
  const doubtful = stuckTasks(tasks, sources);
  for (const [index, { id }] of tasks.entries()) {
    const own = sources.get(id);
    if (own === undefined || !doubtful.has(id)) continue;
    const isSure = stuck.has(id) && internal.has(id);
    issues.add(isSure ? "error" : "warning", () => ({
      code: "EventDeadlock",
      message: `task "${id}" waits for an event that ${isSure ? "only comes" : "comes, within this workflow, only"} after it (from ${own.join(", ")})`,
      remedy: "let the task that emits the event start without this one, or wait for another event",
      segments: paths.taskPart(index, "waitFor"),
    }));
  }
}

/** Tasks that can never start when each wait needs one of its `sources` to have started. */
function stuckTasks(tasks: readonly Task[], sources: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const stuck = new Set(tasks.map(({ id }) => id));
  const known = new Set(stuck);
  const wakes = new Map<string, string[]>();
  const missing = new Map<string, number>();
  const wake = (by: string, id: string): void => {
    const list = wakes.get(by);
    if (list === undefined) wakes.set(by, [id]);
    else list.push(id);
  };
  for (const { id, dependsOn } of tasks) {
    const inputs = new Set(dependsOn.filter((input) => known.has(input)));
    missing.set(id, inputs.size + (sources.has(id) ? 1 : 0));
    for (const input of inputs) wake(input, id);
    for (const source of sources.get(id) ?? []) wake(source, `${id} event`);
  }
  const ready = tasks.filter(({ id }) => missing.get(id) === 0).map(({ id }) => id);
  const told = new Set<string>();
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    stuck.delete(id);
    for (const next of wakes.get(id) ?? []) {
      const waiter = next.split(" ")[0] ?? next;
      if (next !== waiter && told.has(next)) continue;
      told.add(next);
      const left = (missing.get(waiter) ?? 0) - 1;
      missing.set(waiter, left);
      if (left === 0) ready.push(waiter);
    }
  }
  return stuck;
}

/** Adds what is allowed but probably not meant about events: names without waits, workflows that start themselves. */
export function adviseEvents({ definition, paths }: DialectReading, issues: IssueList): void {
  const { type, eventDriven } = definition.coordination;
  const waiting = new Set(definition.tasks.filter(({ waitFor }) => waitFor !== undefined).map(({ id }) => id));
  const mismatch = (message: string, remedy: string): void =>
    issues.add("warning", () => ({ code: "CoordinationMismatch", message, remedy, segments: paths.coordination() }));
  if (type === "graph_based" && (waiting.size > 0 || definition.triggers.length > 0)) {
    mismatch("coordination is graph_based, but events steer the run", 'write "hybrid"');
  }
  if (type === "event_driven" && waiting.size === 0 && definition.triggers.length === 0) {
    mismatch("coordination is event_driven, but nothing waits for an event", "add wait_for_event or triggers");
  }
  // 004 §5.2: `event_driven` names types of events. An author who lists a task there expects it to wait.
  for (const { id } of eventDriven.length === 0 ? [] : definition.tasks) {
    if (!eventDriven.includes(id) || waiting.has(id)) continue;
    mismatch(`task "${id}" is listed under event_driven, but waits for no event`, "add wait_for_event to the task");
  }
  for (const [index, { pattern }] of definition.triggers.entries()) {
    const own = definition.tasks.find(({ emit }) => emit !== undefined && mayMatch(pattern, emit.detailType));
    if (own === undefined || (pattern["source"] === undefined && pattern["detail-type"] === undefined)) continue;
    issues.add("warning", () => ({
      code: "SelfTrigger",
      message: `the workflow may start itself: task "${own.id}" emits an event that trigger ${index + 1} matches`,
      remedy: "narrow the pattern, or emit another detail_type",
      segments: [...paths.top("triggers"), index, "pattern"],
    }));
  }
}
