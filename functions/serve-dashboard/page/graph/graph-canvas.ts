import { effect } from "@preact/signals";
import { palette } from "../canvas/palette.ts";
import { Surface } from "../canvas/surface.ts";
import { now } from "../feed/clock.ts";
import type { Drawing, Screen } from "../run/screen.ts";
import { paintCards } from "./paint-cards.ts";
import type { Painting } from "./painting.ts";
import { type Camera, cardsPicture, levelsPicture, type Picture, railPicture, type RailPicture } from "./picture.ts";

/** Below this width cards would be too small to read. */
const RAIL_WIDTH = 560;
const SCALES = { least: 0.02, most: 2.5, fitted: 1.15 } as const;
/** Room for the tools above the graph. */
const TOOLS = 40;

/** Drawings for many tasks and for narrow screens: fetched where they are needed. */
let others: typeof import("./paint-others.ts") | undefined;
const loadOthers = async (): Promise<void> => {
  others = await import("./paint-others.ts");
};

/** The graph on its canvas: what is drawn, from where it is seen, and what lies under a point. */
export class GraphCanvas {
  readonly camera: Camera = { scale: 1, left: 0, top: 0 };
  readonly surface: Surface;
  readonly #screen: Screen;
  readonly #stops: (() => void)[] = [];
  readonly #moved: () => void;
  #picture: Picture | RailPicture | undefined;
  #drawnFor = "";
  #isMoved = false;

  /** @param moved is told when places of tasks on the screen have changed. */
  constructor(canvas: HTMLCanvasElement, screen: Screen, moved: () => void) {
    this.#screen = screen;
    this.#moved = moved;
    this.surface = new Surface(canvas, () => this.#paint());
    const { run, picked, hovered, at, shown, drawing } = screen;
    const isRunning = (): boolean => run.status.value === "running" && at.value === undefined;
    this.#stops.push(
      effect(() => {
        for (const one of [run.version, picked, hovered, at, shown, drawing, palette]) void one.value;
        this.surface.ask();
      }),
      effect(() => {
        if (now.value > 0 && isRunning()) this.surface.ask();
      }),
    );
    void document.fonts.ready.then(() => this.surface.ask());
  }

  get kind(): Drawing {
    return this.surface.width < RAIL_WIDTH ? "rail" : this.#screen.drawing.value;
  }

  get picture(): Picture | undefined {
    return this.#picture;
  }

  stop(): void {
    for (const stop of this.#stops) stop();
    this.surface.stop();
  }

  /** The task under a point of the canvas; -1: none. */
  taskAt(x: number, y: number): number {
    const picture = this.#picture;
    if (picture === undefined) return -1;
    const { scale, left, top } = this.camera;
    const [worldX, worldY] = [(x - left) / scale, (y - top) / scale];
    for (let task = 0; task < picture.x.length; task++) {
      const [dx, dy] = [worldX - (picture.x[task] ?? 0), worldY - (picture.y[task] ?? 0)];
      if (dx >= 0 && dy >= 0 && dx <= picture.width && dy <= picture.height) return task;
    }
    return -1;
  }

  pan(dx: number, dy: number): void {
    if (this.kind === "levels") return;
    if (this.kind === "cards") {
      this.camera.left += dx;
      this.camera.top += dy;
      this.#isMoved = true;
    } else {
      const least = Math.min(0, this.surface.height - (this.#picture?.fullHeight ?? 0));
      this.camera.top = Math.max(least, Math.min(0, this.camera.top + dy));
    }
    this.surface.ask();
  }

  /** Grows what is drawn; what lies under the point stays there. */
  zoom(factor: number, x = this.surface.width / 2, y = this.surface.height / 2): void {
    if (this.kind !== "cards") return;
    const { camera } = this;
    const scale = Math.min(SCALES.most, Math.max(SCALES.least, camera.scale * factor));
    camera.left = x - ((x - camera.left) * scale) / camera.scale;
    camera.top = y - ((y - camera.top) * scale) / camera.scale;
    camera.scale = scale;
    this.#isMoved = true;
    this.surface.ask();
  }

  /** Shows all of it. */
  fit(): void {
    this.#isMoved = false;
    this.#drawnFor = "";
    this.surface.ask();
  }

  /** Brings a task into view. */
  reveal(task: number): void {
    const picture = this.#picture;
    if (picture === undefined || task < 0 || this.kind === "levels") return;
    const { scale, left, top } = this.camera;
    const [x, y] = [(picture.x[task] ?? 0) * scale + left, (picture.y[task] ?? 0) * scale + top];
    const [w, h] = [picture.width * scale, picture.height * scale];
    const { width, height } = this.surface;
    const past = (from: number, length: number, room: number, margin: number): number =>
      from < margin ? margin - from : from + length > room - 12 ? room - 12 - from - length : 0;
    this.pan(this.kind === "rail" ? 0 : past(x, w, width, 12), past(y, h, height, TOOLS + 8));
  }

  #paint(): void {
    this.#arrange();
    const picture = this.#picture;
    if (picture === undefined) return;
    const { surface, camera } = this;
    const painting: Painting = {
      g: surface.g,
      surface,
      colours: palette.peek(),
      screen: this.#screen,
      camera,
      now: this.#screen.run.spanUntil(Date.now())[1],
    };
    if (picture.kind === "cards") paintCards(painting, picture);
    else if (others === undefined) void loadOthers().then(() => surface.ask());
    else if (picture.kind === "levels") others.paintLevels(painting, picture);
    else if ("lane" in picture) others.paintRail(painting, picture);
    this.#moved();
  }

  /** Lays the picture out anew when the room for it, or its kind, is another. */
  #arrange(): void {
    const { kind, surface } = this;
    const { plan } = this.#screen.run;
    const key = `${plan.hash} ${kind} ${surface.width}×${surface.height}`;
    if (this.#drawnFor === key) return;
    const isSameKind = this.#picture?.kind === kind && this.#drawnFor.startsWith(plan.hash);
    this.#drawnFor = key;
    if (kind === "cards") {
      this.#picture = cardsPicture(plan);
      if (!this.#isMoved || !isSameKind) this.#fitCards(this.#picture);
      return;
    }
    this.#picture = kind === "levels" ? levelsPicture(plan, surface) : railPicture(plan, surface);
    Object.assign(this.camera, { scale: 1, left: 0, top: 0 });
  }

  #fitCards({ fullWidth, fullHeight }: Picture): void {
    const { width, height } = this.surface;
    const scale = Math.min(SCALES.fitted, (width - 40) / fullWidth, (height - TOOLS - 24) / fullHeight);
    this.#isMoved = false;
    Object.assign(this.camera, {
      scale,
      left: (width - fullWidth * scale) / 2,
      top: TOOLS + (height - TOOLS - fullHeight * scale) / 2,
    });
  }
}
