/** Acts on an execution. */
export type ActName = "pause" | "resume" | "redrive" | "boost" | "cancel" | "checkpoint" | "budget" | "modify";

/** Acts on one of its tasks. */
export type TaskActName = "approve" | "reject" | "answer" | "retry" | "rerun" | "skip";
