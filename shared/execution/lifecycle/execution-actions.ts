import type { ExecutionStatus } from "../execution.ts";
import type { ParkReason } from "../task/task-record.ts";
import { CONTROL_EDGES, type ControlEdgeRow } from "./control-edges.ts";

/** What every way to steer says of itself, an execution or one of its tasks. */
export interface ActionRow {
  /** What it does, as help and the documents of the API say it. */
  readonly does: string;
  /** The permission that it asks for; see `ROLES`. */
  readonly permission: string;
  /** The operation of the API that carries it, over REST and JSON-RPC. */
  readonly operation: string;
  /** The command of `a2a` that sends it. */
  readonly command: string;
}

/** One way to steer an execution. */
export interface ExecutionActionRow extends ActionRow, ControlEdgeRow {
  /** What a refusal calls it: "cannot pause". */
  readonly verb: string;
  /** The action of the request that asks for it, where that is not its own name. */
  readonly sentAs?: string;
  /** It can be asked of many executions at once. */
  readonly isForMany?: true;
  /** Tasks that are parked for this go on by it. */
  readonly releases?: ParkReason;
}

const CONTROL = { permission: "execution:control", operation: "controlExecution" } as const;

/**
 * How an execution can be steered: each row is an edge of `control-edges.ts` with who may ask for it, where, and the words
 * for it. The functions that only move executions ship the edges without the words.
 *
 * The edges of an execution, `legal_moves`, the schemas and permissions of the API, the commands of `a2a` and the tables
 * of the documents are read from here. `test/contract/execution-actions.test.ts` walks it.
 */
export const EXECUTION_ACTIONS = {
  pause: {
    ...CONTROL_EDGES.pause, ...CONTROL, verb: "pause", command: "pause",
    does: "let agents finish what they have and start nothing new", isForMany: true,
  },
  resume: {
    ...CONTROL_EDGES.resume, ...CONTROL, verb: "resume", command: "resume", does: "go on where it was paused",
    isForMany: true,
  },
  resume_from_checkpoint: {
    ...CONTROL_EDGES.resume_from_checkpoint, ...CONTROL, verb: "resume from a checkpoint", command: "resume",
    does: "go back to an earlier state, and on from there", sentAs: "resume",
  },
  cancel: {
    ...CONTROL_EDGES.cancel, ...CONTROL, verb: "cancel", command: "cancel",
    does: "end an execution and tell its agents to stop; a saga is undone first", isForMany: true,
  },
  priority_boost: {
    ...CONTROL_EDGES.priority_boost, ...CONTROL, verb: "boost the priority", command: "boost",
    does: "move an execution to a faster queue, by default the next one", isForMany: true,
  },
  modify: {
    ...CONTROL_EDGES.modify, ...CONTROL, operation: "modifyExecution", verb: "modify", command: "modify",
    does: "go on under another definition",
  },
  redrive: {
    ...CONTROL_EDGES.redrive, ...CONTROL, verb: "redrive", command: "redrive",
    does: "start a failed or cancelled execution again where it ended, keeping its results", isForMany: true,
  },
  rerun: {
    ...CONTROL_EDGES.rerun, ...CONTROL, operation: "rerunTask", verb: "rerun", command: "rerun",
    does: "start a task over, and what comes after it; every other result stays",
  },
  skip: {
    ...CONTROL_EDGES.skip, ...CONTROL, operation: "skipTask", verb: "skip", command: "skip",
    does: "count a task as done",
  },
  raise_budget: {
    ...CONTROL_EDGES.raise_budget, ...CONTROL, verb: "raise the budget", command: "budget",
    does: "raise ceilings of the budget that an execution draws on, and let go on what waits for that",
    releases: "budget",
  },
  checkpoint: {
    ...CONTROL_EDGES.checkpoint, ...CONTROL, verb: "take a checkpoint", command: "checkpoint",
    does: "mark an execution's present state",
  },
} as const satisfies Readonly<Record<string, ExecutionActionRow>>;

type Actions = typeof EXECUTION_ACTIONS;

/** One way to steer an execution. */
export type ControlAction = keyof Actions;

const isControlAction = (name: string): name is ControlAction => name in EXECUTION_ACTIONS;

/** Every way to steer an execution. */
export const CONTROL_ACTIONS: readonly ControlAction[] = Object.keys(EXECUTION_ACTIONS).filter(isControlAction);

/** The actions whose rows hold this. */
type Having<Fields> = { [Action in ControlAction]: Actions[Action] extends Fields ? Action : never }[ControlAction];

/** An action that is an edge of an execution's life. */
export type SteeringEdge = Having<{ to: unknown }>;

/** An action that lets tasks go on which are parked for something. */
export type ReleasingAction = Having<{ releases: ParkReason }>;

/** What can be done to many executions at once. */
export type BulkAction = Having<{ isForMany: true }>;

const isBulkAction = (action: ControlAction): action is BulkAction => "isForMany" in EXECUTION_ACTIONS[action];

/** The same, in the order of the table. */
export const BULK_ACTIONS: readonly BulkAction[] = CONTROL_ACTIONS.filter(isBulkAction);

/** An action that `POST …/control` names; the others have operations of their own. */
export type SentAction = Exclude<Having<{ operation: "controlExecution" }>, Having<{ sentAs: string }>>;

const isReleasing = (action: ControlAction): action is ReleasingAction => "releases" in EXECUTION_ACTIONS[action];

/** Every one of them. */
export const RELEASING_ACTIONS: readonly ReleasingAction[] = CONTROL_ACTIONS.filter(isReleasing);

/** What a move does: `change`, nothing because it is so already (`done`), or it is not allowed. */
export type Move = "change" | "done" | "illegal";

/** Where an execution stands, as far as steering cares. */
export interface Standing {
  readonly status: ExecutionStatus;
  /** Set once the execution began to undo its tasks. */
  readonly compensation?: object | undefined;
}

/**
 * What an action comes to. Total: every action in every status has an answer. While completed tasks are undone, and ever
 * after, there is no result to go on from: only the compensation itself can be held up.
 */
export function moveOf(action: ControlAction, { status, compensation }: Standing): Move {
  const { from, done = [], whileCompensating }: ExecutionActionRow = EXECUTION_ACTIONS[action];
  if (done.includes(status)) return "done";
  if (compensation !== undefined && whileCompensating === undefined) return "illegal";
  return from.includes(status) ? "change" : "illegal";
}

/** The actions that would change an execution where it stands, in the order of the table. */
export const legalMoves = (standing: Standing): readonly ControlAction[] =>
  CONTROL_ACTIONS.filter((action) => moveOf(action, standing) === "change");
