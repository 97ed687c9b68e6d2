/** An execution's progress as lines of text: pure functions of its status and the time. */
import { isFinished } from "../../../shared/execution/execution.ts";
import type { StageDetail, StageStatus } from "../../../shared/execution/views/status.ts";
import type { Paint } from "./paint.ts";
import { barOf, type Span } from "./task-bar.ts";
import { fitText, formatSeconds, printable } from "./text.ts";

/** What a picture of the progress is made of. */
export interface ProgressView {
  readonly status: StageStatus;
  readonly now: number;
  readonly columns: number;
  /** Lines there is room for. */
  readonly rows: number;
  readonly paint: Paint;
}

type Look = readonly [glyph: string, style: Parameters<Paint>[0]];
const LOOKS: Readonly<Record<StageDetail["status"], Look>> = {
  pending: ["·", "dim"],
  queued: ["○", "dim"],
  parked: ["◌", "dim"],
  dispatched: ["◔", "cyan"],
  running: ["●", "cyan"],
  input_required: ["?", "yellow"],
  auth_required: ["?", "yellow"],
  completed: ["✓", "green"],
  failed: ["✗", "red"],
  skipped: ["–", "dim"],
  cancelled: ["⊘", "yellow"],
};
const AT_WORK: ReadonlySet<StageDetail["status"]> = new Set(["dispatched", "running", "input_required", "auth_required"]);
/** Beside id, agent and bar: glyph, mark, time and the gaps between. */
const FIXED_COLUMNS = 20;
const LEAST_BAR_COLUMNS = 8;
const MOST_BAR_COLUMNS = 40;

/** The whole picture: a head line, then one line per task, as many as there is room for. */
export function progressLines(view: ProgressView): string[] {
  const { status, rows } = view;
  const room = Math.max(3, rows - 3);
  const shown = chooseTasks(status.stage_details, room);
  const line = taskLine(view, shown);
  const hidden = status.stage_details.filter((task) => !shown.includes(task));
  const more = hidden.length === 0 ? [] : [view.paint("dim", `  … and ${countByState(hidden)}`)];
  return [headLine(view), "", ...shown.map(line), ...more];
}

/** One line per task whose state, attempt or agent changed; a last one when the execution is finished. */
export function changeLines(before: StageStatus | undefined, after: StageStatus): string[] {
  const known = new Map(before?.stage_details.map((task) => [task.stage_id, task]));
  const at = `[${formatSeconds(after.performance_metrics.execution_time_seconds).padStart(8)}]`;
  const critical = new Set(after.critical_path);
  const changed = after.stage_details.filter((task) => {
    const old = known.get(task.stage_id);
    return task.status !== (old?.status ?? "pending") || (old !== undefined && task.attempt !== old.attempt);
  });
  const lines = changed.map((task) => {
    const mark = critical.has(task.stage_id) ? "*" : " ";
    return `${at} ${mark} ${task.stage_id}: ${describeTask(task)}`;
  });
  if (before?.status === after.status) return lines;
  const { completed_stages: done, total_stages: total } = after.progress;
  return [
    ...lines,
    `${at}   ${after.workflow_id} ${after.execution_id}: ${after.status}, ${done} of ${total} tasks done`,
  ];
}

function describeTask({
  status,
  agent_id: agent,
  attempt = 1,
  start_time: start,
  end_time: end,
  error,
}: StageDetail): string {
  const who = agent === undefined ? "" : ` at ${agent}`;
  const again = attempt > 1 ? ` (attempt ${attempt})` : "";
  const took =
    start === undefined || end === undefined ? "" : `, ${formatSeconds((Date.parse(end) - Date.parse(start)) / 1000)}`;
  const why = error === undefined ? "" : ` — ${error.code}: ${printable(error.message)}`;
  return `${status}${who}${again}${took}${why}`;
}

/** Settled tasks of the plan; instances and undone tasks beside them. */
function countedTasks({ progress, compensation }: StageStatus): string {
  const { completed_stages: done, total_stages: total, instances } = progress;
  const within = instances === undefined ? "" : ` (${instances.settled}/${instances.total} instances)`;
  const undone =
    compensation === undefined ? "" : `, ${compensation.settled_tasks}/${compensation.total_tasks} undone`;
  return `${done}/${total} tasks${within}${undone}`;
}

function headLine({ status, now, paint }: ProgressView): string {
  const { workflow_id: workflow, execution_id: id, estimated_remaining_seconds: left } = status;
  const whole = wholeSpan(status, now);
  const elapsed = isFinished(status.status)
    ? status.performance_metrics.execution_time_seconds
    : (whole.end - whole.start) / 1000;
  const parts = [
    countedTasks(status),
    `${formatSeconds(elapsed)} elapsed`,
    ...(isFinished(status.status) || left === null ? [] : [`about ${formatSeconds(left)} left`]),
    paint("dim", "◆ critical path"),
  ];
  const style = status.status === "completed" ? "green" : status.status === "failed" ? "red" : "cyan";
  return `${paint("bold", workflow)} ${paint("dim", id)} ${paint(style, status.status)}   ${parts.join(" · ")}`;
}

function taskLine(
  { status, now, columns, paint }: ProgressView,
  shown: readonly StageDetail[],
): (task: StageDetail) => string {
  const critical = new Set(status.critical_path);
  const idWidth = Math.min(32, Math.max(...shown.map(({ stage_id: id }) => id.length)));
  const agentWidth = Math.min(24, Math.max(0, ...shown.map(({ agent_id: agent }) => agent?.length ?? 0)));
  const room = Math.max(0, columns - FIXED_COLUMNS - idWidth - agentWidth);
  const longestNote = Math.max(...shown.map((task) => noteOf(task).length));
  const noteWidth = Math.min(longestNote, Math.max(0, room - LEAST_BAR_COLUMNS));
  const width = Math.min(MOST_BAR_COLUMNS, room - noteWidth);
  const whole = wholeSpan(status, now);
  return (task) => {
    const [glyph, style] = LOOKS[task.status];
    const isCritical = critical.has(task.stage_id);
    const span = spanOf(task, now);
    const bar = barOf(span, whole, { width, isOpen: AT_WORK.has(task.status) });
    const time = span === undefined ? "" : formatSeconds((span.end - span.start) / 1000);
    const id = fitText(task.stage_id, idWidth);
    const note = fitText(noteOf(task), Math.max(0, room - width)).trimEnd();
    return [
      `  ${paint(style, glyph)} ${isCritical ? paint("magenta", "◆") : " "}`,
      isCritical ? paint("bold", id) : id,
      paint("dim", fitText(task.agent_id ?? "", agentWidth)),
      paint(style, bar),
      `${time.padStart(8)}${note}`,
    ]
      .join(" ")
      .trimEnd();
  };
}

/** What is worth saying about a task besides its state; set off from what stands before it. */
function noteOf({ status, attempt = 1, error, waiting }: StageDetail): string {
  if (waiting !== undefined && waiting.reason !== "inputs" && waiting.reason !== "retry") return `  waits: ${printable(waiting.because ?? waiting.reason)}`;
  if (error !== undefined) return `  ${error.code}: ${printable(error.message)}`;
  if (status === "input_required") return "  asks for input";
  return attempt > 1 ? `  attempt ${attempt}` : "";
}

function spanOf({ start_time: start, end_time: end }: StageDetail, now: number): Span | undefined {
  if (start === undefined) return undefined;
  return { start: Date.parse(start), end: end === undefined ? Math.max(now, Date.parse(start)) : Date.parse(end) };
}

/** From the first dispatch, or now, to now; to the last settling when nothing can change any more. */
function wholeSpan({ stage_details: tasks, status }: StageStatus, now: number): Span {
  const spans = tasks.flatMap((task) => spanOf(task, now) ?? []);
  const start = Math.min(now, ...spans.map((span) => span.start));
  return { start, end: isFinished(status) ? Math.max(start, ...spans.map(({ end }) => end)) : now };
}

/** All tasks in plan order, or those most worth a line when there are too many: at work, failed, next, latest done. */
function chooseTasks(tasks: readonly StageDetail[], room: number): readonly StageDetail[] {
  if (tasks.length <= room) return tasks;
  const rank = ({ status }: StageDetail): number =>
    AT_WORK.has(status)
      ? 0
      : status === "failed"
        ? 1
        : status === "queued" || status === "parked"
          ? 2
          : status === "pending"
            ? 3
            : 4;
  const chosen = new Set(tasks.toSorted((a, b) => rank(a) - rank(b) || latest(b) - latest(a)).slice(0, room - 1));
  return tasks.filter((task) => chosen.has(task));
}

const latest = ({ end_time: end }: StageDetail): number => (end === undefined ? 0 : Date.parse(end));

function countByState(tasks: readonly StageDetail[]): string {
  const counts = Map.groupBy(tasks, ({ status }) => status);
  return [...counts].map(([state, group]) => `${group.length} ${state}`).join(", ");
}
