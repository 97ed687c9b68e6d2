import { fitText, FONT } from "../canvas/surface.ts";
import { isLit } from "../run/screen.ts";
import { type Painting, paintDot, tookText } from "./painting.ts";
import { RAIL, type RailPicture } from "./picture.ts";

const DIMMED = 0.35;

/** Draws one row for each task in view, and the lanes beside them. */
export function paintRail(painting: Painting, picture: RailPicture): void {
  paintLanes(painting, picture);
  const { screen, surface, camera } = painting;
  for (let task = 0; task < screen.run.plan.size; task++) {
    const y = (picture.y[task] ?? 0) + camera.top + RAIL.row / 2;
    if (y > -RAIL.row && y < surface.height + RAIL.row) paintRow(painting, picture, { task, y });
  }
}

const laneX = ({ lane, laneWidth }: RailPicture, task: number): number => RAIL.left + (lane[task] ?? 0) * laneWidth;

function paintLanes(painting: Painting, picture: RailPicture): void {
  const { g, colours, screen, surface, camera } = painting;
  const { run, at } = screen;
  const { from, to, place } = run.plan;
  const rowOf = (task: number): number => (picture.y[task] ?? 0) + camera.top + RAIL.row / 2;
  g.lineWidth = 2;
  for (let edge = 0; edge < from.length; edge++) {
    const [a, b] = [from[edge] ?? 0, to[edge] ?? 0];
    const [ay, by] = [rowOf(a), rowOf(b)];
    if (place.isDrawn[edge] !== 1 || by < 0 || ay > surface.height) continue;
    const [ax, bx] = [laneX(picture, a), laneX(picture, b)];
    const isDone = run.lookAt(a, at.value) === "done";
    const colour = isDone ? (run.lookAt(b, at.value) === "run" ? "run-fill" : "done-fill") : "line";
    g.strokeStyle = colours[colour] ?? "";
    g.globalAlpha = isLit(screen, a) && isLit(screen, b) ? 1 : DIMMED;
    g.beginPath();
    g.moveTo(ax, ay);
    if (ax === bx) g.lineTo(bx, by);
    else {
      g.lineTo(ax, Math.max(ay, by - RAIL.row));
      g.bezierCurveTo(ax, by - RAIL.row * 0.4, bx, by - RAIL.row * 0.6, bx, by);
    }
    g.stroke();
  }
  g.globalAlpha = 1;
}

function paintRow(painting: Painting, picture: RailPicture, { task, y }: { task: number; y: number }): void {
  const { g, colours, screen, surface } = painting;
  const look = screen.run.lookAt(task, screen.at.value);
  if (task === screen.picked.value) {
    g.fillStyle = colours["run-tint"] ?? "";
    g.beginPath();
    g.roundRect(6, y - RAIL.row / 2 + 1, surface.width - 12, RAIL.row - 2, 7);
    g.fill();
  }
  g.globalAlpha = isLit(screen, task) ? 1 : DIMMED;
  paintDot(painting, look, { x: laneX(picture, task), y, radius: RAIL.radius });
  const took = look === "idle" ? "" : tookText(painting, task);
  g.textBaseline = "middle";
  g.textAlign = "right";
  g.fillStyle = colours["dim"] ?? "";
  g.font = `450 13px ${FONT}`;
  g.fillText(took, surface.width - 14, y + 0.5);
  g.textAlign = "left";
  g.fillStyle = colours["text"] ?? "";
  g.font = `550 14px ${FONT}`;
  const name = screen.run.plan.tasks[task]?.task_id ?? "";
  g.fillText(fitText(g, name, surface.width - picture.textX - 78), picture.textX, y + 0.5);
  g.globalAlpha = 1;
}
