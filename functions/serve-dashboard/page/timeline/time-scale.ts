/** A stretch in which nothing ran. */
export interface Idle {
  readonly from: number;
  readonly to: number;
}

/** Idle stretches longer than this part of the whole are drawn as a gap of fixed width. */
const COLLAPSED_SHARE = 0.15;
const GAP_WIDTH = 34;

/** One piece of the axis; `isGap`: its width says nothing about its length. */
export interface Piece {
  readonly t0: number;
  readonly t1: number;
  readonly x0: number;
  readonly x1: number;
  readonly isGap: boolean;
}

/** Where moments lie on the axis: in proportion, but for long waits, which would press everything else into a corner. */
export class TimeScale {
  readonly pieces: readonly Piece[];

  constructor(range: { readonly t0: number; readonly t1: number }, room: { readonly x: number; readonly width: number }, idle: readonly Idle[]) {
    const span = Math.max(1, range.t1 - range.t0);
    const gaps = idle.filter(({ from, to }) => to - from > span * COLLAPSED_SHARE);
    const shown = span - gaps.reduce((sum, { from, to }) => sum + to - from, 0);
    const perMs = Math.max(1, room.width - gaps.length * GAP_WIDTH) / Math.max(1, shown);
    const pieces: Piece[] = [];
    let [t, x] = [range.t0, room.x];
    const add = (until: number, width: number, isGap: boolean): void => {
      if (until > t) pieces.push({ t0: t, t1: until, x0: x, x1: x + width, isGap });
      [t, x] = [Math.max(t, until), x + (until > t ? width : 0)];
    };
    for (const { from, to } of gaps) {
      add(from, (from - t) * perMs, false);
      add(to, GAP_WIDTH, true);
    }
    add(range.t1, (range.t1 - t) * perMs, false);
    this.pieces = pieces;
  }

  x(t: number): number {
    const piece = this.pieces.find(({ t1 }) => t <= t1) ?? this.pieces.at(-1);
    if (piece === undefined) return 0;
    return piece.x0 + ((t - piece.t0) / (piece.t1 - piece.t0)) * (piece.x1 - piece.x0);
  }

  t(x: number): number {
    const piece = this.pieces.find(({ x1 }) => x <= x1) ?? this.pieces.at(-1);
    if (piece === undefined) return 0;
    return piece.t0 + ((x - piece.x0) / Math.max(0.001, piece.x1 - piece.x0)) * (piece.t1 - piece.t0);
  }
}

/** Stretches of `[t0, t1]` that no interval covers; `ends` may be infinite. */
export function idleStretches(starts: Float64Array, ends: (task: number) => number, range: { t0: number; t1: number }): Idle[] {
  const order = [...starts.keys()].filter((task) => (starts[task] ?? 0) > 0);
  order.sort((a, b) => (starts[a] ?? 0) - (starts[b] ?? 0));
  const idle: Idle[] = [];
  let covered = range.t0;
  for (const task of order) {
    const start = starts[task] ?? 0;
    if (start > covered) idle.push({ from: covered, to: Math.min(start, range.t1) });
    covered = Math.max(covered, ends(task));
  }
  if (covered < range.t1) idle.push({ from: covered, to: range.t1 });
  return idle;
}

const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400];

/** Round distances between marks, so that each has so much room. */
export function markStep(perPixel: number, room: number): number {
  const seconds = STEPS.find((step) => (step * 1000) / perPixel > room) ?? 604_800;
  return seconds * 1000;
}
