import type { Plan, PlanTask } from "../../../shared/workflow/plan/plan.ts";
import { partsOf } from "../../../shared/workflow/plan/plan-graph.ts";
import type { Paint } from "./paint.ts";
import { formatSeconds } from "./text.ts";

/** Lines of a drawing before it is cut: what still helps on a screen. */
const LEVELS_SHOWN = 40;
const TASKS_SHOWN = 12;

/** The plan in figures, then its graph. */
export function planLines(plan: Plan, paint: Paint): string[] {
  const { estimates, criticalPath } = plan;
  const { tasks: path } = criticalPath;
  const { cpuCores, memoryGb } = estimates;
  const parts = new Set(partsOf(plan.tasks)).size;
  const size = `${plan.tasks.length} tasks, ${plan.levelCount} levels${parts > 1 ? `, ${parts} separate parts` : ""}`;
  const machines = cpuCores + memoryGb === 0 ? "" : `, ${cpuCores} cores, ${memoryGb} GB`;
  const resources = `${estimates.agentsRequired} agents${machines}`;
  const cost = estimates.cost === 0 ? "" : `, cost ${estimates.cost.toFixed(2)}`;
  const shown = path.length > TASKS_SHOWN ? [...path.slice(0, TASKS_SHOWN - 1), "…", path.at(-1)] : path;
  return [
    `${paint("bold", plan.name)} ${plan.version}  ${size}, ${plan.priority} priority`,
    "",
    `critical path    ${formatSeconds(criticalPath.seconds)}: ${shown.join(" → ")}`,
    `parallel degree  ${plan.parallelDegree}`,
    `estimate         ${formatSeconds(estimates.durationSeconds)}${cost}, ${resources}`,
    `plan             ${plan.planHash}`,
    "",
    ...graphLines(plan, paint),
  ];
}

/** The graph level by level; each task with the tasks it waits for. `◆` marks the critical path. */
export function graphLines(plan: Plan, paint: Paint): string[] {
  const levels = Map.groupBy(plan.tasks, ({ level }) => level);
  const critical = new Set(plan.criticalPath.tasks);
  const width = Math.min(40, Math.max(...plan.tasks.map(({ id }) => id.length)));
  const lines = [...levels]
    .sort(([a], [b]) => a - b)
    .slice(0, LEVELS_SHOWN)
    .flatMap(([level, tasks]) => levelLines({ level, tasks, critical, width, paint }));
  const hidden = plan.levelCount - LEVELS_SHOWN;
  return hidden > 0 ? [...lines, paint("dim", `     … and ${hidden} more levels; --json shows all`)] : lines;
}

interface Level {
  readonly level: number;
  readonly tasks: readonly PlanTask[];
  readonly critical: ReadonlySet<string>;
  readonly width: number;
  readonly paint: Paint;
}

function levelLines({ level, tasks, critical, width, paint }: Level): string[] {
  const shown = tasks.length > TASKS_SHOWN ? tasks.slice(0, TASKS_SHOWN - 1) : tasks;
  const count = shown.length === tasks.length ? shown.length : shown.length + 1;
  const lines = shown.map((task, index) => {
    const { id, needs } = task;
    const number = index === 0 ? String(level + 1).padStart(3) : "   ";
    const isCritical = critical.has(id);
    const name = isCritical ? paint("bold", id.padEnd(width)) : id.padEnd(width);
    const inputs = needs.length === 0 ? "" : paint("dim", `  ← ${summarise(needs)}`);
    const mark = isCritical ? paint("magenta", "◆") : " ";
    const notes = notesOf(task).map((note) => paint("cyan", `  ${note}`));
    return `${number} ${branch(index, count)} ${mark} ${name}${inputs}${notes.join("")}`.trimEnd();
  });
  const hidden = tasks.length - shown.length;
  return hidden === 0 ? lines : [...lines, paint("dim", `    └   … and ${hidden} more`)];
}

/** What a task does other than one call to one agent, and what holds it back besides its inputs. */
function notesOf(task: PlanTask): string[] {
  const { when, waitFor, approval, forEach, isPivot } = task;
  return [
    ...(task.kind === "workflow" ? [`runs ${task.workflow.name}`] : []),
    ...(task.kind === "emit" ? [`emits ${task.emit.detailType}`] : []),
    ...(task.kind === "pattern" ? [`${task.pattern.name}, at most ${task.pattern.maxCalls} calls`] : []),
    ...(waitFor === undefined ? [] : ["waits for an event"]),
    ...(approval === undefined ? [] : ["needs approval"]),
    ...(when === undefined ? [] : ["may be skipped"]),
    ...(forEach === undefined ? [] : ["for each"]),
    ...(isPivot === true ? ["pivot"] : []),
  ];
}

function branch(index: number, count: number): string {
  if (count === 1) return "─";
  if (index === 0) return "┬";
  return index === count - 1 ? "└" : "├";
}

const summarise = (ids: readonly string[]): string =>
  ids.length > 6 ? `${ids.slice(0, 5).join(", ")} and ${ids.length - 5} more` : ids.join(", ");
