import type { Screen } from "../run/screen.ts";
import type { GraphCanvas } from "./graph-canvas.ts";

/** A press that moves less is a click. */
const CLICK_PX = 4;

/** Pan by dragging, zoom by wheel and pinch, select by click. @returns ends it. */
export function handlePointer(stage: HTMLElement, graph: GraphCanvas, screen: Screen): () => void {
  const ends = new AbortController();
  const { signal } = ends;
  const fingers = new Map<number, { x: number; y: number }>();
  let isDragged = false;
  const at = (event: MouseEvent): { x: number; y: number } => {
    const { left, top } = stage.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  stage.addEventListener("pointerdown", (event) => {
    fingers.set(event.pointerId, at(event));
    if (fingers.size === 1) isDragged = false;
  }, { signal });
  stage.addEventListener("pointermove", (event) => {
    const point = at(event);
    const before = fingers.get(event.pointerId);
    if (before === undefined) return hover(graph, screen, point);
    const [dx, dy] = [point.x - before.x, point.y - before.y];
    if (!isDragged && Math.hypot(dx, dy) < CLICK_PX) return undefined;
    if (!isDragged) stage.setPointerCapture(event.pointerId);
    isDragged = true;
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    fingers.set(event.pointerId, point);
    if (other === undefined) return graph.pan(dx, dy);
    const [was, is] = [before, point].map(({ x, y }) => Math.hypot(x - other.x, y - other.y));
    return graph.zoom((is ?? 1) / Math.max(1, was ?? 1), (point.x + other.x) / 2, (point.y + other.y) / 2);
  }, { signal });
  const lift = (event: PointerEvent): void => void fingers.delete(event.pointerId);
  stage.addEventListener("pointerup", lift, { signal });
  stage.addEventListener("pointercancel", lift, { signal });
  // A click that a key or a reader makes has no point; its item selects by itself.
  stage.addEventListener("click", (event) => {
    if (isDragged || event.defaultPrevented) return;
    const { x, y } = at(event);
    screen.picked.value = graph.taskAt(x, y);
  }, { signal });
  stage.addEventListener("pointerleave", () => (screen.hovered.value = -1), { signal });
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    const { x, y } = at(event);
    if (graph.kind !== "cards") graph.pan(0, -event.deltaY);
    else if (event.shiftKey) graph.pan(-event.deltaY, 0);
    else graph.zoom(Math.exp(-event.deltaY * 0.0015), x, y);
  }, { signal, passive: false });
  return () => ends.abort();
}

function hover(graph: GraphCanvas, screen: Screen, { x, y }: { x: number; y: number }): undefined {
  const task = graph.taskAt(x, y);
  if (task !== screen.hovered.peek()) screen.hovered.value = task;
}
