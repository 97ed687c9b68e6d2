import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Segments } from "../parts/choices.tsx";
import { Icon } from "../parts/icons.tsx";
import type { Screen } from "../run/screen.ts";
import { bindKeys } from "../shell/keys.ts";
import { GraphCanvas } from "./graph-canvas.ts";
import { handlePointer } from "./graph-pointer.ts";
import type { Picture } from "./picture.ts";
import { TaskTree } from "./task-tree.tsx";

/** The graph: a canvas to look at, and above it the same tasks as a tree that can be walked and heard. */
export function GraphView({ screen }: { readonly screen: Screen }): JSX.Element {
  const stage = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [graph, setGraph] = useState<GraphCanvas | undefined>(undefined);
  const tree = useRef<HTMLDivElement>(null);
  const [picture, setPicture] = useState<Picture | undefined>(undefined);
  useEffect(() => {
    if (canvas.current === null || stage.current === null) return undefined;
    const made = new GraphCanvas(canvas.current, screen, () => {
      const { scale, left, top } = made.camera;
      // Panning moves all items at once: no need to lay them anew.
      if (tree.current !== null) tree.current.style.transform = `translate(${left}px, ${top}px) scale(${scale})`;
      setPicture(made.picture);
    });
    const release = handlePointer(stage.current, made, screen);
    const unbind = bindKeys([
      ["f", "show the whole graph", () => made.fit()],
      ["+", "larger", () => made.zoom(1.25)],
      ["-", "smaller", () => made.zoom(0.8)],
    ]);
    const reveal = screen.picked.subscribe((task) => made.reveal(task));
    setGraph(made);
    return () => {
      for (const end of [release, unbind, reveal]) end();
      made.stop();
    };
  }, [screen]);
  const { drawing, run } = screen;
  return (
    <section class="graph" aria-label="Graph">
      <div class="tools">
        <Segments
          label="Drawing"
          of={[{ value: "cards", label: "Graph" }, { value: "levels", label: "Levels" }]}
          chosen={drawing.value}
          choose={(value) => (drawing.value = value)}
        />
        {drawing.value === "cards" ? (
          <span class="zooms">
            <button type="button" aria-label="Smaller" onClick={() => graph?.zoom(0.8)}><Icon name="minus" size={16} /></button>
            <button type="button" aria-label="Larger" onClick={() => graph?.zoom(1.25)}><Icon name="plus" size={16} /></button>
            <button type="button" aria-label="Show all" onClick={() => graph?.fit()}><Icon name="fit" size={16} /></button>
          </span>
        ) : null}
      </div>
      <div class="stage" ref={stage}>
        <canvas ref={canvas} role="img" aria-label={`Graph of ${run.plan.size} tasks; the tree that follows holds the same`} />
        <TaskTree screen={screen} picture={picture} tree={tree} />
      </div>
    </section>
  );
}
