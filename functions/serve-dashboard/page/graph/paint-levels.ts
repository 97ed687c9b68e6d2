import { FONT } from "../canvas/surface.ts";
import { GLYPHS, type Look, LOOKS } from "../run/looks.ts";
import { isLit } from "../run/screen.ts";
import { type Painting, paintTip } from "./painting.ts";
import type { Picture } from "./picture.ts";

/** What does not belong to the selection keeps its place and loses its voice. */
const DIMMED = 0.22;
const ROUND_FROM = 7;
const GLYPH_FROM = 12;

/** Draws every task as a cell, one path for each colour. */
export function paintLevels(painting: Painting, picture: Picture): void {
  const { g, screen, colours } = painting;
  const { lit, dim } = sortTasks(painting);
  const isChosen = screen.kin.value !== undefined || screen.shown.value !== undefined;
  if (isChosen) {
    g.globalAlpha = DIMMED;
    for (const [look, tasks] of dim) fillCells(painting, picture, { look, tasks });
    g.globalAlpha = 1;
  }
  for (const [look, tasks] of lit) fillCells(painting, picture, { look, tasks });
  if (picture.width >= GLYPH_FROM) paintGlyphs(painting, picture, lit);
  g.font = `450 11px ${FONT}`;
  g.fillStyle = colours["dim"] ?? "";
  g.textAlign = "center";
  g.textBaseline = "middle";
  for (const [x, y, text] of picture.labels) g.fillText(text, x, y);
  paintNearEdges(painting, picture);
  outline(painting, picture, { task: screen.picked.value, width: 2 });
  outline(painting, picture, { task: screen.hovered.value, width: 1.5 });
  const told = screen.hovered.value >= 0 ? screen.hovered.value : screen.picked.value;
  if (told >= 0) paintTip(painting, told, { x: (picture.x[told] ?? 0) + picture.width / 2, y: picture.y[told] ?? 0 });
}

type Sorted = ReadonlyMap<Look, number[]>;

/** Failures and questions last, so that they lie on top. */
function sortTasks({ screen }: Painting): { lit: Sorted; dim: Sorted } {
  const empty = (): Map<Look, number[]> => new Map([...LOOKS].reverse().map((look) => [look, []]));
  const [lit, dim] = [empty(), empty()];
  for (let task = 0; task < screen.run.plan.size; task++) {
    (isLit(screen, task) ? lit : dim).get(screen.run.lookAt(task, screen.at.value))?.push(task);
  }
  return { lit, dim };
}

function fillCells({ g, colours }: Painting, picture: Picture, { look, tasks }: { look: Look; tasks: readonly number[] }): void {
  if (tasks.length === 0) return;
  const { x, y, width } = picture;
  const isHollow = look === "idle" || look === "skip";
  const radius = Math.min(4, width / 4);
  g.beginPath();
  for (const task of tasks) {
    if (width < ROUND_FROM) g.rect(x[task] ?? 0, y[task] ?? 0, width, width);
    else g.roundRect(x[task] ?? 0, y[task] ?? 0, width, width, radius);
  }
  g.fillStyle = colours[isHollow ? `${look}-tint` : `${look}-fill`] ?? "";
  g.fill();
  if (!isHollow || width < 5) return;
  g.strokeStyle = colours[look === "skip" ? "skip-fill" : "line"] ?? "";
  g.lineWidth = 1;
  g.stroke();
}

function paintGlyphs({ g, colours }: Painting, { x, y, width }: Picture, lit: Sorted): void {
  g.font = `650 ${Math.round(width * 0.52)}px ${FONT}`;
  g.textAlign = "center";
  g.textBaseline = "middle";
  for (const look of ["fail", "ask", "run", "wait"] as const) {
    g.fillStyle = colours[`${look}-ink`] ?? "";
    for (const task of lit.get(look) ?? []) {
      g.fillText(GLYPHS[look], (x[task] ?? 0) + width / 2, (y[task] ?? 0) + width / 2 + 0.5);
    }
  }
}

/** From what the selected task needs to it, and from it to what needs it. */
function paintNearEdges({ g, colours, screen }: Painting, { x, y, width }: Picture): void {
  const picked = screen.picked.value;
  if (picked < 0) return;
  const { before, after } = screen.run.plan;
  const pairs = [
    ...(before[picked] ?? []).map((other) => [other, picked] as const),
    ...(after[picked] ?? []).map((other) => [picked, other] as const),
  ];
  g.strokeStyle = colours["text"] ?? "";
  g.globalAlpha = 0.75;
  g.lineWidth = 1.25;
  g.beginPath();
  for (const [a, b] of pairs) {
    const [ax, ay] = [(x[a] ?? 0) + width, (y[a] ?? 0) + width / 2];
    const [bx, by] = [x[b] ?? 0, (y[b] ?? 0) + width / 2];
    const middle = (ax + bx) / 2;
    g.moveTo(ax, ay);
    g.bezierCurveTo(middle, ay, middle, by, bx, by);
  }
  g.stroke();
  g.globalAlpha = 1;
}

function outline({ g, colours }: Painting, picture: Picture, { task, width }: { task: number; width: number }): void {
  if (task < 0) return;
  const side = picture.width + 4;
  g.strokeStyle = colours["text"] ?? "";
  g.lineWidth = width;
  g.beginPath();
  g.roundRect((picture.x[task] ?? 0) - 2, (picture.y[task] ?? 0) - 2, side, side, Math.min(5, side / 4));
  g.stroke();
}
