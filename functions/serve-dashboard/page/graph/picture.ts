import type { Plan } from "../run/run.ts";
import type { Drawing } from "../run/screen.ts";

/** Where each task stands in a drawing, in a world that a camera looks at. */
export interface Picture {
  readonly kind: Drawing;
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** Of one task. */
  readonly width: number;
  readonly height: number;
  /** Of all of it. */
  readonly fullWidth: number;
  readonly fullHeight: number;
  /** Texts beside tasks: x, y and what is written there. */
  readonly labels: readonly (readonly [number, number, string])[];
}

/** What of the world is seen: a point of it is drawn at `x * scale + left`. */
export interface Camera {
  scale: number;
  left: number;
  top: number;
}

export const CARD = { width: 152, height: 44, columnGap: 42, rowGap: 10 } as const;

/** Cards in columns, edges between them. */
export function cardsPicture({ place, size }: Plan): Picture {
  const x = new Float32Array(size);
  const y = new Float32Array(size);
  const top = place.row.reduce((least, row) => Math.min(least, row), 0);
  const bottom = place.row.reduce((most, row) => Math.max(most, row), 0);
  for (let task = 0; task < size; task++) {
    x[task] = columnX(place.layer[task] ?? 0);
    y[task] = rowY((place.row[task] ?? 0) - top);
  }
  const [fullWidth, fullHeight] = [columnX(place.layers - 1) + CARD.width, rowY(bottom - top) + CARD.height];
  return { kind: "cards", x, y, width: CARD.width, height: CARD.height, fullWidth, fullHeight, labels: [] };
}

export const columnX = (layer: number): number => layer * (CARD.width + CARD.columnGap);
export const rowY = (row: number): number => row * (CARD.height + CARD.rowGap);

const LARGEST_CELL = 34;
/** Room above for the tools, below for the counts. */
const LEVELS = { top: 52, bottom: 30, side: 20 } as const;

/** A block of cells for each column of the graph: 10 000 tasks fit a laptop. */
export function levelsPicture({ place, size }: Plan, room: { width: number; height: number }): Picture {
  const { columns } = place;
  const high = Math.max(40, room.height - LEVELS.top - LEVELS.bottom);
  const wide = Math.max(80, room.width - 2 * LEVELS.side);
  const cell = largestCell(columns.map(({ length }) => length), wide, high);
  const gap = Math.max(3, cell * 0.55);
  const rows = Math.max(1, Math.floor(high / cell));
  const x = new Float32Array(size);
  const y = new Float32Array(size);
  const labels: [number, number, string][] = [];
  const widthOf = (tasks: number): number => Math.ceil(tasks / rows) * cell;
  const all = columns.reduce((sum, { length }) => sum + widthOf(length) + gap, -gap);
  let left = (room.width - all) / 2;
  let lastLabel = Number.NEGATIVE_INFINITY;
  for (const column of columns) {
    const side = Math.ceil(column.length / rows);
    const perSide = Math.ceil(column.length / Math.max(1, side));
    const top = LEVELS.top + (high - perSide * cell) / 2;
    column.forEach((task, index) => {
      x[task] = left + Math.floor(index / perSide) * cell;
      y[task] = top + (index % perSide) * cell;
    });
    if (left - lastLabel > 26) {
      labels.push([left + (side * cell) / 2, top + perSide * cell + 13, String(column.length)]);
      lastLabel = left;
    }
    left += side * cell + gap;
  }
  const box = Math.max(1, cell - Math.max(0.75, cell * 0.14));
  return { kind: "levels", x, y, width: box, height: box, fullWidth: room.width, fullHeight: room.height, labels };
}

function largestCell(sizes: readonly number[], wide: number, high: number): number {
  const widthAt = (cell: number): number => {
    const rows = Math.max(1, Math.floor(high / cell));
    const gaps = (sizes.length - 1) * Math.max(3, cell * 0.55);
    return sizes.reduce((sum, size) => sum + Math.ceil(size / rows) * cell, gaps);
  };
  let cell = LARGEST_CELL;
  while (cell > 1.5 && widthAt(cell) > wide) cell -= cell > 10 ? 0.5 : 0.25;
  return cell;
}

export const RAIL = { row: 36, top: 52, left: 22, radius: 9 } as const;

/** A picture with lanes, as of `git log --graph`. */
export interface RailPicture extends Picture {
  readonly lane: Int32Array;
  readonly laneWidth: number;
  readonly textX: number;
}

/** One row per task, its edges in lanes at the left: for narrow screens. */
export function railPicture(plan: Plan, room: { width: number; height: number }): RailPicture {
  const order = plan.place.columns.flat();
  const row = new Int32Array(plan.size);
  order.forEach((task, index) => (row[task] = index));
  const { lane, lanes } = lanesOf(plan, order, row);
  const laneWidth = Math.min(18, (room.width * 0.3) / lanes);
  const textX = RAIL.left + (lanes - 1) * laneWidth + 20;
  const x = new Float32Array(plan.size).fill(6);
  const y = Float32Array.from(row, (index) => RAIL.top + index * RAIL.row);
  const fullHeight = RAIL.top + plan.size * RAIL.row + 12;
  const box = { width: room.width - 12, height: RAIL.row };
  return { kind: "rail", x, y, ...box, fullWidth: room.width, fullHeight, labels: [], lane, laneWidth, textX };
}

/** A lane is taken from a task until the last task that needs it; a task goes on in the lane of one of its inputs. */
function lanesOf({ place, from, to, before, size }: Plan, order: readonly number[], row: Int32Array) {
  const until = new Int32Array(size);
  for (let edge = 0; edge < from.length; edge++) {
    if (place.isDrawn[edge] !== 1) continue;
    const [a, b] = [from[edge] ?? 0, to[edge] ?? 0];
    until[a] = Math.max(until[a] ?? 0, row[b] ?? 0);
  }
  const lane = new Int32Array(size);
  const taken: number[] = [];
  order.forEach((task, index) => {
    taken.forEach((owner, at) => {
      if (owner >= 0 && (until[owner] ?? 0) <= index) taken[at] = -1;
    });
    const inherited = (before[task] ?? []).map((input) => lane[input] ?? 0).find((at) => taken[at] === -1);
    const free = inherited ?? taken.indexOf(-1);
    const at = free < 0 ? taken.length : free;
    lane[task] = at;
    taken[at] = (until[task] ?? 0) > index ? task : -1;
  });
  return { lane, lanes: Math.max(1, taken.length) };
}
