import type { JSX, RefObject } from "preact";
import { taskWords } from "../run/looks.ts";
import type { Plan } from "../run/run.ts";
import type { Screen } from "../run/screen.ts";
import type { Picture } from "./picture.ts";

/** So many items exist at once; of larger graphs those around the selected task. */
const ITEMS = 160;

/** Tasks in the order of the drawing, and where each stands in it. */
function orderOf({ place, size }: Plan): { readonly order: readonly number[]; readonly rank: Int32Array } {
  const order = place.columns.flat();
  const rank = new Int32Array(size);
  order.forEach((task, index) => (rank[task] = index));
  return { order, rank };
}

const orders = new WeakMap<Plan, ReturnType<typeof orderOf>>();
const orderIn = (plan: Plan): ReturnType<typeof orderOf> => {
  const known = orders.get(plan) ?? orderOf(plan);
  orders.set(plan, known);
  return known;
};

/**
 * The tasks as a tree for keys and screen readers; items lie over what the canvas draws. ← → go along dependencies, ↑ ↓
 * within the level.
 */
export function TaskTree({ screen, picture, tree }: {
  readonly screen: Screen;
  /** Where the drawing has its tasks; the tree moves with the drawing's camera. */
  readonly picture: Picture | undefined;
  readonly tree: RefObject<HTMLDivElement | null>;
}): JSX.Element {
  const { run, picked } = screen;
  void run.beat.value;
  const { order, rank } = orderIn(run.plan);
  const middle = picked.value < 0 ? 0 : (rank[picked.value] ?? 0);
  const first = order.length <= ITEMS ? 0 : Math.max(0, Math.min(order.length - ITEMS, middle - ITEMS / 2));
  const items = order.slice(first, first + ITEMS);
  const focusable = picked.value >= 0 ? picked.value : (items[0] ?? -1);
  const select = (task: number): void => {
    picked.value = task;
    requestAnimationFrame(() => tree.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus());
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = neighbourOf(run.plan, focusable, event.key);
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    select(next);
  };
  return (
    <div class="task-tree" role="tree" aria-label={`${run.plan.size} tasks`} ref={tree} onKeyDown={onKeyDown}>
      {items.map((task) => (
        <TreeItem key={task} screen={screen} task={task} isFocusable={task === focusable} picture={picture} all={order.length} rank={rank[task] ?? 0} />
      ))}
    </div>
  );
}

interface ItemProps {
  readonly screen: Screen;
  readonly task: number;
  readonly isFocusable: boolean;
  readonly picture: Picture | undefined;
  readonly all: number;
  readonly rank: number;
}

function TreeItem({ screen, task, isFocusable, picture, all, rank }: ItemProps): JSX.Element {
  const { run, picked, at } = screen;
  void run.beat.value;
  const { status, reason } = run.standingAt(task, at.value);
  const name = run.plan.tasks[task]?.task_id ?? "";
  const needs = (run.plan.before[task] ?? []).slice(0, 5).map((input) => run.plan.tasks[input]?.task_id);
  const words = [name, taskWords(status, reason), needs.length === 0 ? "" : `needs ${needs.join(", ")}`];
  const where = picture === undefined ? {} : boxOf(picture, task);
  return (
    <div
      role="treeitem"
      aria-level={(run.plan.place.layer[task] ?? 0) + 1}
      aria-setsize={all}
      aria-posinset={rank + 1}
      aria-selected={task === picked.value}
      aria-label={words.filter((word) => word !== "").join(", ")}
      tabIndex={isFocusable ? 0 : -1}
      style={where}
      onFocus={(event) => {
        if (event.currentTarget.matches(":focus-visible")) screen.hovered.value = task;
      }}
      onClick={(event) => {
        // By a key or a reader: there is no point to look under.
        if (event.detail !== 0) return;
        event.preventDefault();
        picked.value = task;
      }}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        picked.value = task;
      }}
    />
  );
}

const boxOf = ({ x, y, width, height }: Picture, task: number) => ({
  left: `${x[task]}px`,
  top: `${y[task]}px`,
  width: `${width}px`,
  height: `${height}px`,
});

function neighbourOf(plan: Plan, task: number, key: string): number | undefined {
  const column = plan.place.columns[plan.place.layer[task] ?? 0] ?? [];
  const at = column.indexOf(task);
  const { order } = orderIn(plan);
  const nearest = (others: readonly number[] | undefined): number | undefined =>
    [...(others ?? [])].sort((a, b) => distance(plan, task, a) - distance(plan, task, b))[0];
  switch (key) {
    case "ArrowRight":
      return nearest(plan.after[task]);
    case "ArrowLeft":
      return nearest(plan.before[task]);
    case "ArrowDown":
      return column[at + 1];
    case "ArrowUp":
      return column[at - 1];
    case "Home":
      return order[0];
    case "End":
      return order.at(-1);
    default:
      return undefined;
  }
}

const distance = (plan: Plan, a: number, b: number): number =>
  Math.abs((plan.place.row[a] ?? 0) - (plan.place.row[b] ?? 0)) + 10 * Math.abs((plan.place.layer[a] ?? 0) - (plan.place.layer[b] ?? 0));
