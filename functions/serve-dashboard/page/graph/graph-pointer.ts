import type { Screen } from "../run/screen.ts";
import type { GraphCanvas } from "./graph-canvas.ts";

/** A press that moves less is a click. */
const CLICK_PX = 4;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Pan by dragging, zoom by wheel and pinch, select by click. @returns ends it. */
export function handlePointer(stage: HTMLElement, graph: GraphCanvas, screen: Screen): () => void {
  const ends = new AbortController();
  const { signal } = ends;
  const drag = handleDrag(stage, graph, { screen, signal });
  // A click that a key or a reader makes has no point; its item selects by itself.
  stage.addEventListener("click", (event) => {
    if (drag.isDragged || event.defaultPrevented) return;
    const { x, y } = pointIn(stage, event);
    screen.picked.value = graph.taskAt(x, y);
  }, { signal });
  stage.addEventListener("pointerleave", () => (screen.hovered.value = -1), { signal });
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    const { x, y } = pointIn(stage, event);
    if (graph.kind !== "cards") graph.pan(0, -event.deltaY);
    else if (event.shiftKey) graph.pan(-event.deltaY, 0);
    else graph.zoom(Math.exp(-event.deltaY * 0.0015), x, y);
  }, { signal, passive: false });
  return () => ends.abort();
}

function pointIn(stage: HTMLElement, event: MouseEvent): Point {
  const { left, top } = stage.getBoundingClientRect();
  return { x: event.clientX - left, y: event.clientY - top };
}

/** One finger pans, two zoom. @returns whether the last press became a drag. */
function handleDrag(
  stage: HTMLElement,
  graph: GraphCanvas,
  { screen, signal }: { readonly screen: Screen; readonly signal: AbortSignal },
): { readonly isDragged: boolean } {
  const fingers = new Map<number, Point>();
  const drag = { isDragged: false };
  stage.addEventListener("pointerdown", (event) => {
    fingers.set(event.pointerId, pointIn(stage, event));
    if (fingers.size === 1) drag.isDragged = false;
  }, { signal });
  stage.addEventListener("pointermove", (event) => {
    const point = pointIn(stage, event);
    const before = fingers.get(event.pointerId);
    if (before === undefined) return hover(graph, screen, point);
    const [dx, dy] = [point.x - before.x, point.y - before.y];
    if (!drag.isDragged && Math.hypot(dx, dy) < CLICK_PX) return undefined;
    if (!drag.isDragged) stage.setPointerCapture(event.pointerId);
    drag.isDragged = true;
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    fingers.set(event.pointerId, point);
    if (other === undefined) return graph.pan(dx, dy);
    const [was, is] = [before, point].map(({ x, y }) => Math.hypot(x - other.x, y - other.y));
    return graph.zoom((is ?? 1) / Math.max(1, was ?? 1), (point.x + other.x) / 2, (point.y + other.y) / 2);
  }, { signal });
  const lift = (event: PointerEvent): void => void fingers.delete(event.pointerId);
  stage.addEventListener("pointerup", lift, { signal });
  stage.addEventListener("pointercancel", lift, { signal });
  return drag;
}

function hover(graph: GraphCanvas, screen: Screen, { x, y }: Point): undefined {
  const task = graph.taskAt(x, y);
  if (task !== screen.hovered.peek()) screen.hovered.value = task;
}
