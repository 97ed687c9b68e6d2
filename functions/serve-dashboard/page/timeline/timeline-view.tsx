import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { clock, many, span } from "../core/words.ts";
import { now } from "../feed/clock.ts";
import type { Screen } from "../run/screen.ts";
import { AXIS } from "./frame.ts";
import { TimelineCanvas } from "./timeline-canvas.ts";

/** The timeline; its axis is the control of playback: dragging it shows the run as it was. */
export function TimelineView({ screen }: { readonly screen: Screen }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [timeline, setTimeline] = useState<TimelineCanvas | undefined>(undefined);
  useEffect(() => {
    if (canvas.current === null) return undefined;
    const made = new TimelineCanvas(canvas.current, screen);
    const release = handlePointer(canvas.current, made, screen);
    const reveal = screen.picked.subscribe((task) => made.reveal(task));
    setTimeline(made);
    return () => {
      release();
      reveal();
      made.stop();
    };
  }, [screen]);
  return (
    <section class="timeline" aria-label="Timeline">
      <canvas ref={canvas} role="img" aria-label={`When each of ${many(screen.run.plan.size, "task")} ran`} />
      <PlaybackSlider screen={screen} timeline={timeline} />
      {screen.run.start.some((start) => start > 0) || screen.run.beat.value === 0 ? null : (
        <p class="timeline-empty">Bars appear here as tasks start.</p>
      )}
    </section>
  );
}

/** The axis as a slider: for keys and screen readers, and for the pointer. */
function PlaybackSlider({ screen, timeline }: { readonly screen: Screen; readonly timeline: TimelineCanvas | undefined }): JSX.Element {
  const { run, at } = screen;
  const [start, end] = run.spanUntil(now.value);
  const shown = at.value ?? end;
  const show = (time: number): void => {
    const last = run.spanUntil(Date.now())[1];
    at.value = time >= last ? undefined : Math.max(start, time);
  };
  const drag = (event: PointerEvent): void => {
    if (!(event.currentTarget instanceof HTMLElement) || (event.type === "pointermove" && event.buttons === 0)) return;
    if (event.type === "pointerdown") event.currentTarget.setPointerCapture(event.pointerId);
    show(timeline?.timeAt(event.clientX - event.currentTarget.getBoundingClientRect().left) ?? end);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = (end - start) / (event.shiftKey ? 10 : 100);
    const next: Readonly<Record<string, number>> = {
      ArrowLeft: shown - step, ArrowRight: shown + step, PageDown: shown - step * 10, PageUp: shown + step * 10, Home: start, End: end,
    };
    const time = next[event.key];
    if (time === undefined) return;
    event.preventDefault();
    show(time);
  };
  return (
    <div
      class="playback"
      role="slider"
      tabIndex={0}
      aria-label="Moment shown"
      aria-valuemin={0}
      aria-valuemax={Math.round((end - start) / 1000)}
      aria-valuenow={Math.round((shown - start) / 1000)}
      aria-valuetext={at.value === undefined ? (run.isFinal.value ? "the end" : "now") : `${span(shown - start)} after the start, ${clock(shown)}`}
      style={{ height: `${AXIS.marks + AXIS.chart}px` }}
      onPointerDown={drag}
      onPointerMove={drag}
      onKeyDown={onKeyDown}
    />
  );
}

function handlePointer(canvas: HTMLCanvasElement, timeline: TimelineCanvas, screen: Screen): () => void {
  const ends = new AbortController();
  const { signal } = ends;
  const { picked, hovered } = screen;
  canvas.addEventListener("click", (event) => {
    const task = timeline.taskAt(event.offsetX, event.offsetY);
    picked.value = task === picked.value ? -1 : task;
  }, { signal });
  canvas.addEventListener("pointermove", (event) => {
    const task = timeline.taskAt(event.offsetX, event.offsetY);
    canvas.style.cursor = task >= 0 ? "pointer" : "";
    if (task !== hovered.peek()) hovered.value = task;
  }, { signal });
  canvas.addEventListener("pointerleave", () => (hovered.value = -1), { signal });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    timeline.scroll(event.deltaY);
  }, { signal, passive: false });
  return () => ends.abort();
}
