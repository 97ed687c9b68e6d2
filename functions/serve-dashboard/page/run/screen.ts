import { computed, type ReadonlySignal, signal, type Signal } from "@preact/signals";
import type { Look } from "./looks.ts";
import type { Run } from "./run.ts";

export type Drawing = "cards" | "levels" | "rail";

/** What all parts of an execution's page share: one selection, one moment, one filter. */
export interface Screen {
  readonly run: Run;
  /** The selected task; -1: none. */
  readonly picked: Signal<number>;
  readonly hovered: Signal<number>;
  /** The moment that is shown; none: now. */
  readonly at: Signal<number | undefined>;
  /** Looks that are shown in full, by a click in the legend. */
  readonly shown: Signal<Look | undefined>;
  readonly drawing: Signal<Exclude<Drawing, "rail">>;
  /** What the selected task needs and what needs it; nothing while nothing is selected. */
  readonly kin: ReadonlySignal<ReadonlySet<number> | undefined>;
}

export function createScreen(run: Run, drawing: Exclude<Drawing, "rail">): Screen {
  const picked = signal(-1);
  return {
    run,
    picked,
    hovered: signal(-1),
    at: signal<number | undefined>(undefined),
    shown: signal<Look | undefined>(undefined),
    drawing: signal(drawing),
    kin: computed(() => (picked.value < 0 ? undefined : run.plan.kin(picked.value))),
  };
}

/** Whether a task is shown in full: it belongs to the selection and to the look that was asked for. */
export function isLit(screen: Screen, task: number): boolean {
  const kin = screen.kin.value;
  if (kin !== undefined && !kin.has(task)) return false;
  const look = screen.shown.value;
  return look === undefined || screen.run.lookAt(task, screen.at.value) === look;
}
