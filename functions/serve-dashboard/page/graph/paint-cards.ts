import { fitText, FONT } from "../canvas/surface.ts";
import { type Look, LOOKS, lookOfTask } from "../run/looks.ts";
import { isLit } from "../run/screen.ts";
import { detailText, type Painting, paintDot, paintTip } from "./painting.ts";
import { CARD, columnX, type Picture, rowY } from "./picture.ts";

/** Below these scales cards lose their text, then their border; text is never drawn smaller than it can be read. */
const TEXT_SCALE = 0.5;
const BORDER_SCALE = 0.3;
/** Edges of larger graphs are not drawn while they would be a haze. */
const HAZE = { edges: 1500, scale: 0.45 } as const;
const DIMMED = 0.3;
/** Least height of a card for two lines. */
const TWO_LINES = 27;

/** Draws what is in view: edges below, failures and questions on top. */
export function paintCards(painting: Painting, picture: Picture): void {
  const { screen, camera } = painting;
  paintEdges(painting, picture);
  const byLook = new Map<Look, number[]>(LOOKS.map((look) => [look, []]));
  for (let task = 0; task < screen.run.plan.size; task++) {
    if (isInView(painting, picture, task)) byLook.get(screen.run.lookAt(task, screen.at.value))?.push(task);
  }
  for (const look of [...LOOKS].reverse()) for (const task of byLook.get(look) ?? []) paintCard(painting, picture, { task, look });
  const hovered = screen.hovered.value;
  if (hovered >= 0 && camera.scale <= 0.62) paintTip(painting, hovered, topOf(painting, picture, hovered));
}

const leftOf = ({ camera }: Painting, { x }: Picture, task: number): number => (x[task] ?? 0) * camera.scale + camera.left;
const upperOf = ({ camera }: Painting, { y }: Picture, task: number): number => (y[task] ?? 0) * camera.scale + camera.top;

const topOf = (painting: Painting, picture: Picture, task: number) => ({
  x: leftOf(painting, picture, task) + (picture.width * painting.camera.scale) / 2,
  y: upperOf(painting, picture, task),
});

function isInView(painting: Painting, picture: Picture, task: number): boolean {
  const { surface, camera } = painting;
  const [x, y] = [leftOf(painting, picture, task), upperOf(painting, picture, task)];
  const [w, h] = [picture.width * camera.scale, picture.height * camera.scale];
  return x > -w && x < surface.width && y > -h && y < surface.height;
}

/** What has flowed, flows, and is still to come, each as one path; the selection's edges last. */
function paintEdges(painting: Painting, picture: Picture): void {
  const { screen, camera, colours } = painting;
  const { run, at } = screen;
  const kin = screen.kin.value;
  const { from, to, place } = run.plan;
  const isClear = from.length < HAZE.edges || camera.scale > HAZE.scale;
  const groups: Record<"idle" | "done" | "run" | "kin", number[]> = { idle: [], done: [], run: [], kin: [] };
  for (let edge = 0; edge < from.length; edge++) {
    const [a, b] = [from[edge] ?? 0, to[edge] ?? 0];
    const isKin = kin !== undefined && kin.has(a) && kin.has(b);
    // What follows from longer paths shows for the selected task alone.
    const isShown = place.isDrawn[edge] === 1 || (isKin && (a === screen.picked.value || b === screen.picked.value));
    if (!isShown || !(isInView(painting, picture, a) || isInView(painting, picture, b))) continue;
    if (isKin) groups.kin.push(edge);
    else if (run.lookAt(a, at.value) !== "done") groups.idle.push(edge);
    else groups[run.lookAt(b, at.value) === "run" ? "run" : "done"].push(edge);
  }
  const alpha = kin === undefined ? (isClear ? 1 : 0.25) : DIMMED;
  if (isClear || kin === undefined) {
    strokeEdges(painting, picture, { edges: groups.idle, colour: colours["line"], width: 1.4, alpha });
    strokeEdges(painting, picture, { edges: groups.done, colour: colours["done-fill"], width: 1.4, alpha: alpha * 0.7 });
    strokeEdges(painting, picture, { edges: groups.run, colour: colours["run-fill"], width: 1.8, alpha });
  }
  strokeEdges(painting, picture, { edges: groups.kin, colour: colours["text"], width: 1.6, alpha: 0.7 });
}

interface Stroke {
  readonly edges: readonly number[];
  readonly colour: string | undefined;
  readonly width: number;
  readonly alpha: number;
}

function strokeEdges(painting: Painting, picture: Picture, { edges, colour = "", width, alpha }: Stroke): void {
  if (edges.length === 0) return;
  const { g } = painting;
  g.strokeStyle = colour;
  g.lineWidth = width;
  g.globalAlpha = alpha;
  g.beginPath();
  for (const edge of edges) traceEdge(painting, picture, edge);
  g.stroke();
  g.globalAlpha = 1;
}

/** From the right of one card to the left of another, in curves around what stands between. */
function traceEdge(painting: Painting, picture: Picture, edge: number): void {
  const { g, camera, screen } = painting;
  const { from, to, place } = screen.run.plan;
  const [a, b] = [from[edge] ?? 0, to[edge] ?? 0];
  const { scale, left, top } = camera;
  const middle = (CARD.height / 2) * scale;
  let x = leftOf(painting, picture, a) + CARD.width * scale;
  let y = upperOf(painting, picture, a) + middle;
  g.moveTo(x, y);
  const curveTo = (nextX: number, nextY: number): void => {
    const half = (nextX - x) / 2;
    g.bezierCurveTo(x + half, y, nextX - half, nextY, nextX, nextY);
    [x, y] = [nextX, nextY];
  };
  const firstRow = (place.row[a] ?? 0) - (picture.y[a] ?? 0) / (CARD.height + CARD.rowGap);
  (place.bends.get(edge) ?? []).forEach((row, index) => {
    const bendX = columnX((place.layer[a] ?? 0) + 1 + index) * scale + left;
    curveTo(bendX, rowY(row - firstRow) * scale + top + middle);
    x += CARD.width * scale;
    g.lineTo(x, y);
  });
  curveTo(leftOf(painting, picture, b), upperOf(painting, picture, b) + middle);
}

function paintCard(painting: Painting, picture: Picture, { task, look }: { task: number; look: Look }): void {
  const { g, colours, screen, camera } = painting;
  const { scale } = camera;
  const [x, y] = [leftOf(painting, picture, task), upperOf(painting, picture, task)];
  const [w, h] = [picture.width * scale, picture.height * scale];
  const isPicked = task === screen.picked.value;
  const isHovered = task === screen.hovered.value;
  g.globalAlpha = isLit(screen, task) ? 1 : DIMMED;
  g.beginPath();
  g.roundRect(x, y, w, h, Math.min(9, 10 * scale));
  g.fillStyle = colours[scale < BORDER_SCALE && look !== "idle" ? `${look}-fill` : `${look}-tint`] ?? "";
  g.fill();
  if (scale >= BORDER_SCALE || isPicked || isHovered) {
    const isQuiet = look === "idle" || look === "skip";
    g.strokeStyle = colours[isPicked ? "text" : isQuiet ? (isHovered ? "dim" : "line") : `${look}-fill`] ?? "";
    g.lineWidth = isPicked ? 2.5 : isHovered ? 2 : 1.25;
    if (look === "idle" && !isPicked && scale > TEXT_SCALE) g.setLineDash([4, 3]);
    g.stroke();
    g.setLineDash([]);
  }
  if (scale >= BORDER_SCALE) paintProgress(painting, { task, look, x, y, w, h });
  if (scale > TEXT_SCALE) paintWords(painting, { task, look, x, y, w, h });
  g.globalAlpha = 1;
}

interface Box {
  readonly task: number;
  readonly look: Look;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** A thin line: how far it probably is, or, for a list, how its instances stand. */
function paintProgress(painting: Painting, { task, look, x, y, w, h }: Box): void {
  const { g, colours, screen, now } = painting;
  const { run, at } = screen;
  const instances = run.instances.get(task);
  const hasParts = instances !== undefined && instances.size > 0 && at.value === undefined;
  if (look !== "run" && !hasParts) return;
  g.save();
  g.clip();
  const line = Math.max(2, h * 0.07);
  if (hasParts) {
    let left = x;
    const looks = [...instances.values()].map(([, status, reason]) => lookOfTask(status, reason ?? undefined));
    for (const part of LOOKS) {
      const width = (w * looks.filter((one) => one === part).length) / looks.length;
      g.fillStyle = colours[part === "idle" ? "line" : `${part}-fill`] ?? "";
      g.fillRect(left, y + h - line, width, line);
      left += width;
    }
  } else {
    // Nears the end without reaching it: an estimate is not a promise.
    const expected = Math.max(500, (run.plan.tasks[task]?.estimate_seconds ?? 1) * 1000);
    const passed = Math.max(0, Math.min(at.value ?? now, now) - (run.start[task] ?? now));
    g.fillStyle = colours["run-fill"] ?? "";
    g.fillRect(x, y + h - line, w * Math.min(0.96, 1 - Math.exp((-1.6 * passed) / expected)), line);
  }
  g.restore();
}

function paintWords(painting: Painting, { task, look, x, y, w, h }: Box): void {
  const { g, colours, screen, camera } = painting;
  const { scale } = camera;
  const radius = Math.min(8, 8.5 * scale);
  paintDot(painting, look, { x: x + radius + 8 * scale, y: y + h / 2, radius });
  const left = x + radius * 2 + 14 * scale;
  const room = x + w - left - 6;
  const detail = h > TWO_LINES ? detailText(painting, task) : "";
  const nameSize = Math.max(10.5, Math.min(13, 12 * scale));
  const detailSize = Math.max(10, 10.5 * scale);
  g.textAlign = "left";
  g.textBaseline = "middle";
  g.fillStyle = colours["text"] ?? "";
  g.font = `550 ${nameSize}px ${FONT}`;
  const name = screen.run.plan.tasks[task]?.task_id ?? "";
  g.fillText(fitText(g, name, room), left, y + h / 2 - (detail === "" ? 0 : nameSize * 0.62) + 0.5);
  if (detail === "") return;
  g.fillStyle = colours[look === "ask" || look === "wait" ? `${look}-text` : "dim"] ?? "";
  g.font = `450 ${detailSize}px ${FONT}`;
  g.fillText(fitText(g, detail, room), left, y + h / 2 + detailSize * 0.76);
}

