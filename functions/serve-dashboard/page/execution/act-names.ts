import type { ControlAction, TaskAction } from "../core/replies.ts";

/** Acts on an execution; going back is an act on a checkpoint, the others are acts on a task. */
export type ActName = Exclude<ControlAction, "resume_from_checkpoint" | "rerun" | "skip">;

/** Acts on one of its tasks. */
export type TaskActName = TaskAction;
