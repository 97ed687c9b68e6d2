import { record, stateOf, type Core } from "./core.ts";
import { forgetItems } from "./data-flow.ts";
import type { Frame } from "./frame.ts";

/** Ends everything below a frame: branches, items, their tasks and timers, and the executions they wait for. */
export function killBelow(core: Core, frame: Frame, isRecorded: boolean): void {
  for (const below of frame.phase === "joining" ? core.frames.descendants(frame.id) : []) {
    if (below.phase !== "done") {
      if (isRecorded) recordAbort(core, below);
      killNested(core, below);
    }
    core.frames.remove(below.id);
  }
  killNested(core, frame);
}

/** Aborts the executions a frame waits for. */
export function killNested(core: Core, frame: Frame): void {
  if (frame.taskEvent === 0 || (frame.phase !== "nested" && frame.phase !== "joining")) return;
  frame.taskEvent = 0; // their end must not reach the frame any more
  for (const execution of core.executions.running(frame.id)) core.abort(execution);
}

/** Forgets the join of a Parallel or Map state that is over. */
export function closeJoin(core: Core, frame: Frame): void {
  frame.join = undefined;
  frame.taskEvent = 0;
  forgetItems(frame);
  core.frames.saveJoin(frame);
}

const ABORTABLE = new Set(["Task", "Wait", "Parallel", "Map"]);

function recordAbort(core: Core, frame: Frame): void {
  const { Type } = stateOf(core, frame);
  if (frame.enteredAt !== 0 && ABORTABLE.has(Type)) record(core, frame, `${Type}StateAborted`);
}
