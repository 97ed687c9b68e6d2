/** A canvas that is drawn again when something changed, once per frame at most, as sharp as the screen is. */
export class Surface {
  readonly g: CanvasRenderingContext2D;
  width = 0;
  height = 0;
  /** Drawings made, and the time they took; read by benches. */
  draws = 0;
  drawMs = 0;
  readonly #canvas: HTMLCanvasElement;
  readonly #paint: () => void;
  readonly #observer: ResizeObserver;
  #frame = 0;

  constructor(canvas: HTMLCanvasElement, paint: () => void) {
    const g = canvas.getContext("2d");
    if (g === null) throw new Error("this browser cannot draw on a canvas");
    this.g = g;
    this.#canvas = canvas;
    this.#paint = paint;
    this.#observer = new ResizeObserver(() => this.#fit());
    this.#observer.observe(canvas);
    this.#fit();
  }

  /** Asks for a drawing in the next frame. */
  ask(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  stop(): void {
    this.#observer.disconnect();
    cancelAnimationFrame(this.#frame);
  }

  #fit(): void {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const ratio = devicePixelRatio;
    this.width = width;
    this.height = height;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    this.ask();
  }

  #draw(): void {
    this.#frame = 0;
    if (this.width === 0 || this.height === 0) return;
    const begun = performance.now();
    this.g.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    this.g.clearRect(0, 0, this.width, this.height);
    this.#paint();
    this.draws += 1;
    this.drawMs += performance.now() - begun;
  }
}

export const FONT = '"Inter Variable", ui-sans-serif, system-ui, sans-serif';

const widths = new Map<string, number>();

function widthOf(g: CanvasRenderingContext2D, text: string): number {
  const key = `${g.font}\n${text}`;
  const known = widths.get(key);
  if (known !== undefined) return known;
  if (widths.size > 20_000) widths.clear();
  const { width } = g.measureText(text);
  widths.set(key, width);
  return width;
}

/** As much of a text as there is room for. */
export function fitText(g: CanvasRenderingContext2D, text: string, room: number): string {
  if (widthOf(g, text) <= room) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (widthOf(g, `${text.slice(0, middle)}…`) <= room) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? "" : `${text.slice(0, low)}…`;
}
