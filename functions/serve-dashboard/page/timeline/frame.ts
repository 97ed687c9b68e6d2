import type { Palette } from "../canvas/palette.ts";
import type { Surface } from "../canvas/surface.ts";
import type { Screen } from "../run/screen.ts";
import type { Lanes } from "./lanes.ts";
import type { TimeScale } from "./time-scale.ts";

/** Heights of the axis with its marks, and of the chart of how much runs at once. */
export const AXIS = { marks: 26, chart: 36, gap: 8 } as const;
export const HEAD = AXIS.marks + AXIS.chart + AXIS.gap;

/** Where everything of the timeline lies in its last drawing. */
export interface TimelineFrame {
  readonly scale: TimeScale;
  readonly lanes: Lanes;
  readonly x: number;
  readonly width: number;
  readonly t0: number;
  /** Now, or the end of a run that is over. */
  readonly now: number;
  readonly isOver: boolean;
  /** Of the first row, which may be scrolled away. */
  readonly top: number;
  readonly rowHeight: number;
}

/** What a drawing of the timeline needs. */
export interface TimelinePainting {
  readonly surface: Surface;
  readonly g: CanvasRenderingContext2D;
  readonly colours: Palette;
  readonly screen: Screen;
  readonly frame: TimelineFrame;
}
