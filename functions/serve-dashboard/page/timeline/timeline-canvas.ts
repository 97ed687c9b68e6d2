import { effect } from "@preact/signals";
import { palette } from "../canvas/palette.ts";
import { Surface } from "../canvas/surface.ts";
import { now } from "../feed/clock.ts";
import type { Screen } from "../run/screen.ts";
import { HEAD, type TimelineFrame } from "./frame.ts";
import { type Lanes, NAMED_TASKS, namedLanes, packedLanes } from "./lanes.ts";
import { paintTimeline } from "./paint-timeline.ts";
import { idleStretches, TimeScale } from "./time-scale.ts";

/** The timeline on its canvas. */
export class TimelineCanvas {
  readonly surface: Surface;
  readonly #screen: Screen;
  readonly #stops: (() => void)[] = [];
  #scroll = 0;
  #lanes: Lanes | undefined;
  #lanesFor = -1;
  #frame: TimelineFrame | undefined;

  constructor(canvas: HTMLCanvasElement, screen: Screen) {
    this.#screen = screen;
    this.surface = new Surface(canvas, () => this.#paint());
    const { run, picked, hovered, at, shown } = screen;
    this.#stops.push(
      effect(() => {
        for (const one of [run.version, run.head, run.outlook, run.history.events, picked, hovered, at, shown, palette]) void one.value;
        this.surface.ask();
      }),
      effect(() => {
        if (now.value > 0 && !run.isFinal.value) this.surface.ask();
      }),
    );
    void document.fonts.ready.then(() => this.surface.ask());
  }

  get frame(): TimelineFrame | undefined {
    return this.#frame;
  }

  stop(): void {
    for (const stop of this.#stops) stop();
    this.surface.stop();
  }

  scroll(by: number): void {
    this.#scroll += by;
    this.surface.ask();
  }

  /** Scrolls until a task's row is seen. */
  reveal(task: number): void {
    const frame = this.#frame;
    const lane = frame?.lanes.lane[task] ?? -1;
    if (frame === undefined || lane < 0) return;
    const y = frame.top + lane * frame.rowHeight;
    if (y < HEAD) this.scroll(y - HEAD);
    else if (y + frame.rowHeight > this.surface.height) this.scroll(y + frame.rowHeight - this.surface.height + 4);
  }

  timeAt(x: number): number {
    return this.#frame?.scale.t(x) ?? 0;
  }

  /** The task whose bar, or named row, lies under a point; -1: none. */
  taskAt(x: number, y: number): number {
    const frame = this.#frame;
    if (frame === undefined || y < HEAD) return -1;
    const { lanes, top, rowHeight, scale, now } = frame;
    const row = Math.floor((y - top) / rowHeight);
    if (lanes.isNamed) return lanes.lane.indexOf(row);
    const { start, end } = this.#screen.run;
    const t = scale.t(x);
    return lanes.lane.findIndex((lane, task) => lane === row && (start[task] ?? 0) <= t && (end[task] || now) >= t);
  }

  #paint(): void {
    const { run } = this.#screen;
    const [t0, end] = run.spanUntil(Date.now());
    if (t0 === 0) return;
    const lanes = this.#arrange();
    const { width: full, height } = this.surface;
    const x = lanes.isNamed ? Math.min(160, full * 0.28) : 14;
    const width = full - x - 18;
    const isOver = run.isFinal.value;
    const length = Math.max(end - t0, 2000);
    const range = { t0, t1: isOver ? t0 + length : t0 + length * 1.12 };
    const idle = idleStretches(run.start, (task) => run.end[task] || end, { t0, t1: end });
    const rowHeight = Math.min(26, Math.max(lanes.isNamed ? 21 : 0.5, (height - HEAD - 8) / lanes.count));
    this.#scroll = Math.max(0, Math.min(this.#scroll, lanes.count * rowHeight + 10 - (height - HEAD)));
    this.#frame = {
      scale: new TimeScale(range, { x, width }, idle),
      lanes,
      x,
      width,
      t0,
      now: end,
      isOver,
      top: HEAD - this.#scroll,
      rowHeight,
    };
    paintTimeline({ surface: this.surface, g: this.surface.g, colours: palette.peek(), screen: this.#screen, frame: this.#frame });
  }

  /** Lanes stay where they are while no further task begins. */
  #arrange(): Lanes {
    const { run } = this.#screen;
    const begun = run.start.reduce((sum, start) => sum + (start > 0 ? 1 : 0), 0);
    if (this.#lanes === undefined || this.#lanesFor !== begun) {
      this.#lanesFor = begun;
      this.#lanes =
        run.plan.size <= NAMED_TASKS
          ? namedLanes(run.start, run.plan.place.layer)
          : packedLanes(run.start, (task) => run.end[task] || Number.POSITIVE_INFINITY);
    }
    return this.#lanes;
  }
}
