import type { Palette } from "../canvas/palette.ts";
import { fitText, FONT, type Surface } from "../canvas/surface.ts";
import { span } from "../core/words.ts";
import { GLYPHS, type Look, taskWords } from "../run/looks.ts";
import type { Plan } from "../run/run.ts";
import type { Screen } from "../run/screen.ts";
import type { Camera } from "./picture.ts";

/** What a drawing of the graph needs. */
export interface Painting {
  readonly g: CanvasRenderingContext2D;
  readonly surface: Surface;
  readonly colours: Palette;
  readonly screen: Screen;
  readonly camera: Camera;
  /** What counts as now. */
  readonly now: number;
}

/** A state's mark: a filled disc with its glyph; a ring for what has not begun. */
export function paintDot({ g, colours }: Painting, look: Look, { x, y, radius }: { x: number; y: number; radius: number }): void {
  g.beginPath();
  g.arc(x, y, radius, 0, 2 * Math.PI);
  if (look === "idle") {
    g.fillStyle = colours["panel"] ?? "";
    g.fill();
    g.strokeStyle = colours["idle-fill"] ?? "";
    g.lineWidth = 1.4;
    g.stroke();
    return;
  }
  g.fillStyle = colours[`${look}-fill`] ?? "";
  g.fill();
  g.fillStyle = colours[`${look}-ink`] ?? "";
  g.font = `700 ${radius * 1.25}px ${FONT}`;
  g.textAlign = "center";
  g.textBaseline = "middle";
  g.fillText(GLYPHS[look], x, y + 0.5);
}

/** How long a task has taken, at the moment that is shown; nothing before it began. */
export function tookText({ screen: { run, at }, now }: Painting, task: number): string {
  const [start = 0, end = 0] = [run.start[task], run.end[task]];
  const until = Math.min(at.value ?? Number.POSITIVE_INFINITY, end > 0 ? end : now);
  return start === 0 || until < start ? "" : span(until - start);
}

/** The second line of a card: what it waits for, or how long it took and who did it. */
export function detailText(painting: Painting, task: number): string {
  const { run, at } = painting.screen;
  const { status, reason, agent } = run.standingAt(task, at.value);
  const look = run.lookAt(task, at.value);
  // A plan without a run says what its tasks are.
  if (run.status.value === "") return plannedText(run.plan.tasks[task]);
  if (look === "ask" || look === "wait") return taskWords(status, reason);
  const took = tookText(painting, task);
  if (look === "idle" || look === "skip") return look === "skip" ? status : "";
  return [took, agent?.replace(/^agent-/, "")].filter((part) => part !== undefined && part !== "").join(" · ");
}

const plannedText = (task: Plan["tasks"][number] | undefined): string =>
  task?.skill ?? (task?.gate === undefined ? (task?.kind ?? "") : `waits for an ${task.gate}`);

/** Name, state and time of a task above its place: for drawings too small for text. */
export function paintTip(painting: Painting, task: number, { x, y }: { x: number; y: number }): void {
  const { g, colours, surface, screen } = painting;
  const { run, at } = screen;
  const { status, reason } = run.standingAt(task, at.value);
  const name = run.plan.tasks[task]?.task_id ?? "";
  const text = [name, taskWords(status, reason), tookText(painting, task)].filter((part) => part !== "").join("  ·  ");
  g.font = `550 12px ${FONT}`;
  const shown = fitText(g, text, surface.width - 32);
  const width = g.measureText(shown).width + 18;
  const left = Math.min(Math.max(6, x - width / 2), surface.width - width - 6);
  const top = y > 44 ? y - 32 : y + 18;
  g.globalAlpha = 1;
  g.fillStyle = colours["text"] ?? "";
  g.beginPath();
  g.roundRect(left, top, width, 24, 6);
  g.fill();
  g.fillStyle = colours["bg"] ?? "";
  g.textAlign = "left";
  g.textBaseline = "middle";
  g.fillText(shown, left + 9, top + 12.5);
}
