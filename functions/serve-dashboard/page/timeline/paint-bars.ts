import { fitText, FONT } from "../canvas/surface.ts";
import { span } from "../core/words.ts";
import { GLYPHS, type Look, LOOKS } from "../run/looks.ts";
import { isLit } from "../run/screen.ts";
import { HEAD, type TimelinePainting } from "./frame.ts";

const DIMMED = 0.2;
/** A bar at least so wide carries its own text. */
const TEXT_WIDTH = 58;

/** Rows with names or packed lanes; what failed or asks lies on top. */
export function paintBars(painting: TimelinePainting): void {
  const { g, surface, frame, screen } = painting;
  g.save();
  g.beginPath();
  g.rect(0, HEAD - 2, surface.width, surface.height);
  g.clip();
  if (frame.lanes.isNamed) paintNames(painting);
  for (const look of [...LOOKS].reverse()) paintLook(painting, look);
  for (const [task, width] of [[screen.picked.value, 2], [screen.hovered.value, 1]] as const) outline(painting, task, width);
  g.restore();
}

function paintNames({ g, colours, surface, screen, frame }: TimelinePainting): void {
  const { top, rowHeight, x, lanes } = frame;
  g.textAlign = "right";
  g.textBaseline = "middle";
  for (let task = 0; task < screen.run.plan.size; task++) {
    const y = top + (lanes.lane[task] ?? 0) * rowHeight + rowHeight / 2;
    if (y < HEAD - rowHeight || y > surface.height + rowHeight) continue;
    const isPicked = task === screen.picked.value;
    if (isPicked || task === screen.hovered.value) {
      g.fillStyle = colours[isPicked ? "run-tint" : "idle-tint"] ?? "";
      g.fillRect(0, y - rowHeight / 2, surface.width, rowHeight);
    }
    const isBegun = (screen.run.start[task] ?? 0) > 0;
    g.fillStyle = colours[isBegun || isPicked ? "text" : "dim"] ?? "";
    g.font = `${isPicked ? 650 : 450} 12px ${FONT}`;
    g.fillText(fitText(g, screen.run.plan.tasks[task]?.task_id ?? "", x - 24), x - 12, y + 0.5);
  }
}

interface Bar {
  readonly left: number;
  readonly width: number;
  readonly y: number;
  readonly height: number;
}

/** Where a task's bar lies; nothing for one that had not begun at the moment shown. */
function barOf({ screen, frame }: TimelinePainting, task: number): Bar | undefined {
  const { start, end } = screen.run;
  const { scale, lanes, top, rowHeight, now } = frame;
  const begun = start[task] ?? 0;
  const until = Math.min(screen.at.value ?? Number.POSITIVE_INFINITY, end[task] || now);
  const lane = lanes.lane[task] ?? -1;
  if (begun === 0 || lane < 0 || until < begun) return undefined;
  const pad = rowHeight > 12 ? 4 : rowHeight > 5 ? 1 : 0;
  const left = scale.x(begun);
  const width = Math.max(rowHeight > 8 ? 3 : 1, scale.x(until) - left);
  return { left, width, y: top + lane * rowHeight + pad, height: Math.max(0.5, rowHeight - 2 * pad) };
}

function paintLook(painting: TimelinePainting, look: Look): void {
  const { g, colours, screen, frame, surface } = painting;
  const { run, at } = screen;
  const bars: [task: number, bar: Bar, isLit: boolean][] = [];
  for (let task = 0; task < run.plan.size; task++) {
    const bar = run.lookAt(task, at.value) === look ? barOf(painting, task) : undefined;
    if (bar !== undefined && bar.y < surface.height && bar.y + bar.height > HEAD) bars.push([task, bar, isLit(screen, task)]);
  }
  for (const isBright of [false, true]) {
    g.globalAlpha = isBright ? 1 : DIMMED;
    g.fillStyle = colours[`${look}-fill`] ?? "";
    g.beginPath();
    for (const [, { left, width, y, height }, lit] of bars) {
      if (lit !== isBright) continue;
      if (height > 6) g.roundRect(left, y, width, height, 3.5);
      else g.rect(left, y, width - (width > 3 ? 0.6 : 0), height);
    }
    g.fill();
  }
  g.globalAlpha = 1;
  for (const [task, bar, lit] of bars) {
    g.globalAlpha = lit ? 1 : DIMMED;
    if (frame.lanes.isNamed) paintAttempts(painting, task, bar);
    if (frame.rowHeight > 12) paintText(painting, bar, { task, look });
  }
  g.globalAlpha = 1;
}

/** The wait before the bar as a thin line; earlier attempts as shorter bars of their own. */
function paintAttempts({ g, colours, screen, frame }: TimelinePainting, task: number, { left, y, height }: Bar): void {
  const { scale, now } = frame;
  const queued = screen.run.queued[task] ?? 0;
  const attempts = screen.run.history.attemptsOf(task).slice(0, -1);
  const first = attempts[0]?.start ?? screen.run.start[task] ?? 0;
  if (queued > 0 && queued < first) {
    g.fillStyle = colours["line"] ?? "";
    const from = scale.x(queued);
    g.fillRect(from, y + height / 2 - 1, Math.max(0, Math.min(left, scale.x(first)) - from), 2);
  }
  for (const attempt of attempts) {
    const from = scale.x(attempt.start);
    g.fillStyle = colours[attempt.outcome === "failed" ? "fail-fill" : "skip-fill"] ?? "";
    g.beginPath();
    g.roundRect(from, y + 2, Math.max(3, scale.x(attempt.end ?? now) - from - 1), height - 4, 2.5);
    g.fill();
  }
}

function paintText({ g, colours, screen, frame, surface }: TimelinePainting, bar: Bar, { task, look }: { task: number; look: Look }): void {
  const { start, end } = screen.run;
  const until = Math.min(screen.at.value ?? Number.POSITIVE_INFINITY, end[task] || frame.now);
  const text = `${GLYPHS[look]} ${span(until - (start[task] ?? 0))}`.trim();
  g.font = `550 10.5px ${FONT}`;
  g.textAlign = "left";
  g.textBaseline = "middle";
  const y = bar.y + bar.height / 2 + 0.5;
  if (bar.width > TEXT_WIDTH) {
    g.fillStyle = colours[`${look}-ink`] ?? "";
    g.fillText(text, bar.left + 7, y);
  } else if (frame.lanes.isNamed && bar.left + bar.width < surface.width - 66) {
    g.fillStyle = colours["dim"] ?? "";
    g.fillText(text, bar.left + bar.width + 7, y);
  }
}

function outline(painting: TimelinePainting, task: number, width: number): void {
  const { g, colours, frame } = painting;
  const bar = task < 0 || frame.lanes.isNamed ? undefined : barOf(painting, task);
  if (bar === undefined) return;
  g.strokeStyle = colours["text"] ?? "";
  g.lineWidth = width;
  g.strokeRect(bar.left - 1, bar.y - 1, Math.max(4, bar.width) + 2, Math.max(4, bar.height) + 2);
}
