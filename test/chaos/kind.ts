/** What a kind of workflow of the crash campaign is, and what must have become of it whatever happened on the way. */

/** What agents must have noticed of a task. */
export type Effects =
  /** It was never asked for. */
  | "none"
  /** Exactly one message of exactly one attempt. */
  | "once"
  /** Once per attempt that an agent took, and at least one attempt. */
  | "retried";

/** How a task must have ended. */
export interface TaskEnd {
  readonly state: string;
  readonly effects: Effects;
}

/** What a person does to a run while it goes on. */
export type Steering = "approve" | "reject" | "pause" | "cancel" | "redrive" | "boost";

/** One kind of workflow, ready to deploy. */
export interface Kind {
  readonly name: string;
  readonly tasks: readonly object[];
  readonly more: object;
  readonly ends: readonly string[];
  /** Absent: tasks may have ended anyhow, as long as nothing was done twice. */
  readonly expected?: Readonly<Record<string, TaskEnd>>;
  readonly steering?: Steering;
  /** Runs only as a task of another. */
  readonly isInner?: boolean;
}

/** A stream of random numbers of [0, 1). */
export type Random = () => number;

/** Draws a kind's details. */
export type KindMaker = (random: Random) => Kind;
