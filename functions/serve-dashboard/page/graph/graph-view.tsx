import type { JSX, RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Segments } from "../parts/choices.tsx";
import { Icon } from "../parts/icons.tsx";
import type { Screen } from "../run/screen.ts";
import { bindKeys } from "../shell/keys.ts";
import { GraphCanvas } from "./graph-canvas.ts";
import { handlePointer } from "./graph-pointer.ts";
import type { Picture } from "./picture.ts";
import { TaskTree } from "./task-tree.tsx";

interface Drawn {
  readonly stage: RefObject<HTMLDivElement | null>;
  readonly canvas: RefObject<HTMLCanvasElement | null>;
  readonly tree: RefObject<HTMLDivElement | null>;
  readonly graph: GraphCanvas | undefined;
  readonly picture: Picture | undefined;
}

/** Draws into what is mounted, and listens to pointer and keys for as long as it is. */
function useGraph(screen: Screen): Drawn {
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
  return { stage, canvas, tree, graph, picture };
}

/** The graph: a canvas to look at, and above it the same tasks as a tree that can be walked and heard. */
export function GraphView({ screen }: { readonly screen: Screen }): JSX.Element {
  const { stage, canvas, tree, graph, picture } = useGraph(screen);
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
            <Tool label="Smaller" icon="minus" act={() => graph?.zoom(0.8)} />
            <Tool label="Larger" icon="plus" act={() => graph?.zoom(1.25)} />
            <Tool label="Show all" icon="fit" act={() => graph?.fit()} />
          </span>
        ) : null}
      </div>
      <div class="stage" ref={stage}>
        <canvas
          ref={canvas}
          role="img"
          aria-label={`Graph of ${run.plan.size} tasks; the tree that follows holds the same`}
        />
        <TaskTree screen={screen} picture={picture} tree={tree} />
      </div>
    </section>
  );
}

interface ToolProps {
  readonly label: string;
  readonly icon: "minus" | "plus" | "fit";
  readonly act: () => void;
}

const Tool = ({ label, icon, act }: ToolProps): JSX.Element => (
  <button type="button" aria-label={label} onClick={act}><Icon name={icon} size={16} /></button>
);
