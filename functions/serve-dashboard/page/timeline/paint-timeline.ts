import { FONT } from "../canvas/surface.ts";
import { clock, span, spanAt } from "../core/words.ts";
import { paintBars } from "./paint-bars.ts";
import { AXIS, HEAD, type TimelinePainting } from "./frame.ts";
import { markStep } from "./time-scale.ts";

/** The axis, how much ran at once, when it will probably end, a bar for each task, and the moment that is shown. */
export function paintTimeline(painting: TimelinePainting): void {
  paintMarks(painting);
  paintExpectation(painting);
  paintConcurrency(painting);
  paintBars(painting);
  paintMoment(painting);
}

function paintMarks({ g, colours, surface, screen, frame }: TimelinePainting): void {
  const { scale, t0, now } = frame;
  const shownX = scale.x(screen.at.value ?? now);
  const [open] = scale.pieces.filter(({ isGap }) => !isGap);
  if (open === undefined) return;
  const step = markStep((open.t1 - open.t0) / Math.max(1, open.x1 - open.x0), 78);
  g.font = `450 11px ${FONT}`;
  g.textBaseline = "middle";
  g.textAlign = "left";
  for (const piece of scale.pieces) {
    if (piece.isGap) {
      paintGap({ g, colours, surface }, piece);
      continue;
    }
    const first = t0 + Math.ceil((piece.t0 - t0) / step) * step;
    for (let t = first; t <= piece.t1; t += step) {
      const x = Math.round(scale.x(t)) + 0.5;
      paintRule({ g, colours, surface }, x);
      g.fillStyle = colours["dim"] ?? "";
      // The label of the moment shown would lie on it.
      if (x < surface.width - 44 && (x > shownX + 36 || x < shownX - 84)) g.fillText(t === t0 ? clock(t0) : `+${spanAt(t - t0, step)}`, x + 4, 13);
    }
  }
}

type Canvas = Pick<TimelinePainting, "g" | "colours" | "surface">;

function paintRule({ g, colours, surface }: Canvas, x: number): void {
  g.strokeStyle = colours["line"] ?? "";
  g.globalAlpha = 0.6;
  g.lineWidth = 1;
  g.beginPath();
  g.moveTo(x, AXIS.marks - 4);
  g.lineTo(x, surface.height);
  g.stroke();
  g.globalAlpha = 1;
}

/** A long wait, folded: hatched, with its length. */
function paintGap({ g, colours, surface }: Canvas, { x0, x1, t0, t1 }: { x0: number; x1: number; t0: number; t1: number }): void {
  g.save();
  g.beginPath();
  g.rect(x0, AXIS.marks, x1 - x0, surface.height);
  g.clip();
  g.fillStyle = colours["bg"] ?? "";
  g.fillRect(x0, AXIS.marks, x1 - x0, surface.height);
  g.strokeStyle = colours["line"] ?? "";
  g.lineWidth = 1;
  g.beginPath();
  for (let x = x0 - surface.height; x < x1; x += 9) {
    g.moveTo(x, surface.height);
    g.lineTo(x + surface.height, 0);
  }
  g.stroke();
  g.restore();
  g.save();
  g.translate((x0 + x1) / 2, (surface.height + HEAD) / 2);
  g.rotate(-Math.PI / 2);
  g.font = `500 11px ${FONT}`;
  const text = `${span(t1 - t0)} of waiting`;
  const width = g.measureText(text).width + 14;
  g.fillStyle = colours["bg"] ?? "";
  g.fillRect(-width / 2, -9, width, 18);
  g.fillStyle = colours["dim"] ?? "";
  g.textAlign = "center";
  g.fillText(text, 0, 1);
  g.restore();
  g.textAlign = "left";
}

/** The band in which the run will probably end: from the middle of what may happen to nine cases of ten. */
function paintExpectation({ g, colours, surface, screen, frame }: TimelinePainting): void {
  const expected = screen.run.outlook.value?.estimated_completion;
  if (expected === undefined || frame.isOver) return;
  const [middle, late] = [Date.parse(expected.p50), Date.parse(expected.p90)];
  const left = frame.scale.x(middle);
  if (left > surface.width - 4 || middle < frame.now) return;
  const right = Math.min(frame.scale.x(late), surface.width);
  g.fillStyle = colours["accent"] ?? "";
  g.globalAlpha = 0.12;
  g.fillRect(left, AXIS.marks, Math.max(3, right - left), surface.height);
  g.globalAlpha = 1;
}

/** How many tasks ran at once, and where some failed. */
function paintConcurrency(painting: TimelinePainting): void {
  const { g, colours, surface, screen, frame } = painting;
  const { x, width, scale, now, lanes } = frame;
  const { start, end, plan } = screen.run;
  const buckets = Math.max(40, Math.min(400, Math.floor(width / 3)));
  const at = (t: number): number => Math.max(0, Math.min(buckets, Math.floor(((scale.x(t) - x) / width) * buckets)));
  const change = new Float32Array(buckets + 2);
  const failed = new Set<number>();
  for (let task = 0; task < plan.size; task++) {
    if ((start[task] ?? 0) === 0) continue;
    const [first, last] = [at(start[task] ?? 0), at(end[task] || now)];
    change[first] = (change[first] ?? 0) + 1;
    change[last + 1] = (change[last + 1] ?? 0) - 1;
    if (screen.run.lookAt(task, undefined) === "fail") failed.add(last);
  }
  const heights: number[] = [];
  let sum = 0;
  for (let bucket = 0; bucket <= at(now); bucket++) heights.push((sum += change[bucket] ?? 0));
  const most = Math.max(1, ...heights);
  const base = AXIS.marks + AXIS.chart;
  fillSteps(painting, heights.map((value, bucket) => ({ x: x + (bucket / buckets) * width, high: (value / most) * (AXIS.chart - 8) })));
  g.fillStyle = colours["fail-fill"] ?? "";
  for (const bucket of failed) g.fillRect(x + (bucket / buckets) * width, base, Math.max(3, width / buckets), 4);
  g.fillStyle = colours["dim"] ?? "";
  g.font = `450 11px ${FONT}`;
  g.textAlign = "right";
  if (lanes.isNamed) g.fillText(`at once, ${most} at most`, x - 12, base - 12);
  else g.fillText(`at most ${most} at once`, surface.width - 18, AXIS.marks + 8);
}

/** One outline for all steps, so that they have no seams. */
function fillSteps({ g, colours }: TimelinePainting, steps: readonly { x: number; high: number }[]): void {
  const base = AXIS.marks + AXIS.chart;
  g.beginPath();
  g.moveTo(steps[0]?.x ?? 0, base);
  steps.forEach(({ x, high }, index) => {
    g.lineTo(x, base - high);
    g.lineTo(steps[index + 1]?.x ?? x + 1, base - high);
  });
  g.lineTo(steps.at(-1)?.x ?? 0, base);
  g.fillStyle = colours["run-fill"] ?? "";
  g.globalAlpha = 0.26;
  g.fill();
  g.globalAlpha = 1;
}

/** The line that can be dragged: now, or the moment that is played back. */
function paintMoment({ g, colours, surface, screen, frame }: TimelinePainting): void {
  const { scale, now, t0, isOver } = frame;
  const shown = screen.at.value;
  if (isOver && shown === undefined) return;
  const colour = colours[shown === undefined ? "run-fill" : "accent"] ?? "";
  const x = scale.x(shown ?? now);
  g.strokeStyle = colour;
  g.lineWidth = 1.5;
  g.beginPath();
  g.moveTo(x, 20);
  g.lineTo(x, surface.height);
  g.stroke();
  const text = shown === undefined ? "now" : `+${span(shown - t0)}`;
  g.font = `600 11px ${FONT}`;
  const width = g.measureText(text).width + 14;
  const left = Math.min(Math.max(2, x - width / 2), surface.width - width - 2);
  g.fillStyle = colour;
  g.beginPath();
  g.roundRect(left, 4, width, 18, 9);
  g.fill();
  g.fillStyle = colours[shown === undefined ? "run-ink" : "panel"] ?? "";
  g.textAlign = "center";
  g.textBaseline = "middle";
  g.fillText(text, left + width / 2, 13.5);
}
