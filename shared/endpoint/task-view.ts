import {
  isEnd,
  isRest,
  newest,
  type StreamEvent,
  type WireArtifact,
  type WireStatus,
  type WireTask,
} from "./wire/replies.ts";
import type { WireMessage, WirePart, WireState } from "./wire/wire.ts";
import type { Usage } from "../core/usage.ts";
import type { Execution } from "../execution/execution.ts";
import { isSettled, type TaskRecord } from "../execution/task/task-record.ts";
import { askedIn, type Wait } from "./waits.ts";

/** An execution as a caller over A2A sees it. */
export interface TaskPicture {
  readonly execution: Execution;
  /** Rows of the tasks that the plan has. */
  readonly records: readonly TaskRecord[];
  readonly waits: readonly Wait[];
  readonly artifacts: readonly WireArtifact[];
  readonly history: readonly WireMessage[];
  /** What its tasks used so far, as far as was reported. */
  readonly usage?: Usage | undefined;
}

/** An execution that nobody gave a context is one of its own. */
export const contextOf = ({ contextId, executionId }: Pick<Execution, "contextId" | "executionId">): string =>
  contextId ?? executionId;

/** What the first wait makes of a task: its question is the one that the status shows. */
const ASKING = {
  input: "TASK_STATE_INPUT_REQUIRED",
  approval: "TASK_STATE_INPUT_REQUIRED",
  auth: "TASK_STATE_AUTH_REQUIRED",
} as const satisfies Readonly<Record<Wait["kind"], WireState>>;

/** Where an execution stands in A2A's words. An agent's considered no is the task's. */
export function stateOf({ status, failure }: Execution, waits: readonly Pick<Wait, "kind">[]): WireState {
  switch (status) {
    case "submitted":
    case "queued":
      return "TASK_STATE_SUBMITTED";
    case "running":
    case "paused":
      return waits[0] === undefined ? "TASK_STATE_WORKING" : ASKING[waits[0].kind];
    case "completed":
      return "TASK_STATE_COMPLETED";
    case "failed":
      return failure?.code === "AgentRejected" ? "TASK_STATE_REJECTED" : "TASK_STATE_FAILED";
    case "cancelled":
      return "TASK_STATE_CANCELED";
    default:
      return status satisfies never;
  }
}

/** When it last changed, as far as its rows tell. */
function changedAt({ execution, records }: Pick<TaskPicture, "execution" | "records">): string {
  const { completedAt, startedAt, submittedAt, pausedAt } = execution;
  if (completedAt !== undefined) return completedAt;
  const times = records.flatMap((record) => [record.queuedAt, record.dispatchedAt, record.askedAt, record.settledAt]);
  const known = [submittedAt, startedAt, pausedAt, ...times].filter((time) => time !== undefined);
  return known.reduce((latest, time) => (time > latest ? time : latest));
}

/** What is said about where it stands. */
function wordsOf({ execution, records, waits }: TaskPicture): readonly WirePart[] {
  const [wait] = waits;
  if (wait !== undefined && execution.completedAt === undefined) return wait.parts;
  const { status, failure } = execution;
  if (status === "failed")
    return failure === undefined
      ? []
      : [{ text: `${failure.task === undefined ? "" : `${failure.task}: `}${failure.message}` }];
  if (execution.status === "queued") return [{ text: execution.awaiting === undefined ? "Waiting for a free place." : "Waiting for the hooks before it." }];
  if (status === "paused") return [{ text: "Paused." }];
  if (status !== "running") return [];
  const settled = records.filter(({ state }) => isSettled(state)).length;
  return [{ text: `${settled} of ${execution.taskCount} tasks are done.` }];
}

/** The status of a task. The message of a moment keeps its id, however often it is read; so does a question. */
export function statusOf(picture: TaskPicture): WireStatus {
  const { execution, waits } = picture;
  const state = stateOf(execution, waits);
  const asked = execution.completedAt === undefined ? waits[0] : undefined;
  const timestamp = asked?.since ?? changedAt(picture);
  const parts = wordsOf(picture);
  if (parts.length === 0) return { state, timestamp };
  const taskId = execution.executionId;
  const message: WireMessage = {
    messageId: asked === undefined ? `${taskId}-${state.slice("TASK_STATE_".length).toLowerCase()}-${timestamp}` : askedIn(taskId, asked),
    contextId: contextOf(execution),
    taskId,
    role: "ROLE_AGENT",
    parts: [...parts],
  };
  return { state, message, timestamp };
}

/** What a reply shows of a task beside its status. */
export interface Shown {
  readonly historyLength?: number | undefined;
  /** @default true */
  readonly artifacts?: boolean;
}

/** A task as GetTask and its like answer it. */
export function viewTask(picture: TaskPicture, { historyLength, artifacts = true }: Shown = {}): WireTask {
  const { execution } = picture;
  const history = newest(picture.history, historyLength);
  return {
    id: execution.executionId,
    contextId: contextOf(execution),
    status: statusOf(picture),
    ...(artifacts ? { artifacts: picture.artifacts } : {}),
    ...(history.length === 0 ? {} : { history }),
    metadata: metadataOf(picture),
  };
}

/** What a run that succeeded made, as one message; of any other there is none. Its id is the same however often it is read. */
export function answerOf({ execution, artifacts, usage }: TaskPicture): WireMessage | undefined {
  const parts = artifacts.flatMap((artifact) => artifact.parts);
  if (execution.status !== "completed" || parts.length === 0) return undefined;
  const { executionId, workflowId, workflowVersion } = execution;
  return {
    messageId: `${executionId}-answer`,
    contextId: contextOf(execution),
    role: "ROLE_AGENT",
    parts,
    metadata: { skill: `${workflowId}@${workflowVersion}`, execution: executionId, ...(usage === undefined ? {} : { usage }) },
  };
}

function metadataOf({ execution, waits, usage }: TaskPicture): Readonly<Record<string, unknown>> {
  const waiting = waits.map(({ task, kind, since }) => ({ task, kind, since }));
  return {
    skill: `${execution.workflowId}@${execution.workflowVersion}`,
    ...(waiting.length === 0 ? {} : { waiting }),
    ...(usage === undefined ? {} : { usage }),
  };
}

/**
 * What a reader of `before` has to hear to know `after`: new artifacts first, then the status, where it says something
 * new.
 */
export function newsBetween(before: TaskPicture, after: TaskPicture): readonly StreamEvent[] {
  const { execution } = after;
  const place = { taskId: execution.executionId, contextId: contextOf(execution) };
  const known = new Set(before.artifacts.map(({ artifactId }) => artifactId));
  const made = after.artifacts.filter(({ artifactId }) => !known.has(artifactId));
  const [was, is] = [statusOf(before), statusOf(after)];
  const said = ({ state, message }: WireStatus) => JSON.stringify([state, message?.parts, isRest(state) ? message?.messageId : undefined]);
  const hasMoved = said(was) !== said(is);
  return [
    ...made.map((artifact) => ({ artifactUpdate: { ...place, artifact, lastChunk: true } })),
    ...(hasMoved ? [{ statusUpdate: { ...place, status: is, metadata: metadataOf(after) } }] : []),
  ];
}

/** Whether nothing will change any more. */
export const isOver = ({ execution, waits }: TaskPicture): boolean => isEnd(stateOf(execution, waits));
