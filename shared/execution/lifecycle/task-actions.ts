import type { ParkReason, TaskIn, TaskRecord, TaskState } from "../task/task-record.ts";
import type { TaskEdge } from "../task/edges.ts";
import {
  type ActionRow,
  type ControlAction,
  EXECUTION_ACTIONS,
  type ReleasingAction,
  RELEASING_ACTIONS,
} from "./execution-actions.ts";

/** Where a task waits for a person to act on it. */
export interface Wait {
  readonly state: TaskState;
  readonly reason?: ParkReason;
}

/** One way to steer a task; its name is the end of its path in the API. */
export interface TaskActionRow extends ActionRow {
  /** The edge that the task goes along where it stands. */
  readonly edge?: TaskEdge;
  /** The only place where that edge is asked for; the task's edges say what it tells. */
  readonly waits?: Wait;
  /** The edge that the execution goes along, to a next run, where the task has settled or the execution is over. */
  readonly nextRun?: ControlAction;
  /** The permission that it asks for where the task names no roles. */
  readonly whereNoRoles?: string;
  /** What its refusal is called. @default "IllegalMove" */
  readonly refusal?: "Conflict";
}

const CONTROL = { permission: "execution:control" } as const;
/** The task says who may decide: one of the roles it names. */
const DECIDES = {
  edge: "decided",
  waits: { state: "parked", reason: "approval" },
  permission: "any",
  whereNoRoles: CONTROL.permission,
} as const;
const inNextRun = <Action extends "rerun" | "skip">(nextRun: Action) => {
  const { does, permission, operation, command } = EXECUTION_ACTIONS[nextRun];
  return { does, permission, operation, command, nextRun };
};

/** How a task can be steered; read by the same as the table of executions. */
export const TASK_ACTIONS = {
  approve: { ...DECIDES, does: "let a task go on that waits for a decision", operation: "approveTask", command: "approve" },
  reject: { ...DECIDES, does: "turn a task down that waits for a decision", operation: "rejectTask", command: "reject" },
  input: {
    does: "answer a task that asks for input", permission: "workflow:submit", operation: "provideTaskInput", command: "answer",
    edge: "input_provided", waits: { state: "input_required" }, refusal: "Conflict",
  },
  retry: {
    ...CONTROL, does: "try a task again that waits for an operator", operation: "retryTask", command: "retry",
    edge: "retried", waits: { state: "parked", reason: "operator" },
  },
  rerun: inNextRun("rerun"),
  skip: { ...inNextRun("skip"), edge: "skipped" },
} as const satisfies Readonly<Record<string, TaskActionRow>>;

/** One way to steer a task. */
export type TaskAction = keyof typeof TASK_ACTIONS;

const isTaskAction = (name: string): name is TaskAction => name in TASK_ACTIONS;

/** Every way to steer a task. */
export const TASK_ACTION_NAMES: readonly TaskAction[] = Object.keys(TASK_ACTIONS).filter(isTaskAction);

/** An action that ends a wait of a task where it stands. */
export type WaitAction = Exclude<TaskAction, "rerun"> | ReleasingAction;

const isWaitAction = (name: TaskAction): name is Exclude<TaskAction, "rerun"> => "edge" in TASK_ACTIONS[name];

/** Every one of them. */
export const WAIT_ACTIONS: readonly WaitAction[] = [...TASK_ACTION_NAMES.filter(isWaitAction), ...RELEASING_ACTIONS];

/** An action that a task waits for. */
type AwaitedAction = Exclude<TaskAction, "rerun" | "skip">;

/** Whether a task waits for this action. */
export function waitsFor<Action extends AwaitedAction>(
  action: Action,
  task: TaskRecord | undefined,
): task is TaskIn<(typeof TASK_ACTIONS)[Action]["waits"]["state"]> {
  const { state, reason }: Wait = TASK_ACTIONS[action].waits;
  return task?.state === state && (reason === undefined || task.reason === reason);
}

/** What ends a wait: the actions that it is a wait for, those that release it, and skipping the task. */
export function actionsAt({ state, reason }: Wait): WaitAction[] {
  const ends = TASK_ACTION_NAMES.filter(isWaitAction).filter((name) => {
    const { waits }: TaskActionRow = TASK_ACTIONS[name];
    return waits?.state === state && waits.reason === reason;
  });
  const releasing = RELEASING_ACTIONS.filter((name) => EXECUTION_ACTIONS[name].releases === reason);
  return [...ends, ...releasing, "skip"];
}
