/** Tasks of the loopback agent and the pushes about them. */
import { randomUUID } from "node:crypto";

export interface PushConfig {
  readonly url: string;
  readonly token: string;
}

export interface LoopbackTask {
  readonly id: string;
  readonly contextId: string;
  readonly messageId: string;
  readonly push: PushConfig | undefined;
  state: string;
  note?: string;
  output?: unknown;
  /** What it says that it used. */
  readonly usage?: unknown;
  /** What it asks yet: state and question. */
  asks?: readonly (readonly [state: string, note: string])[];
  /** What a cancel does to it. */
  onCancel: "cancel" | "refuse" | "complete-later";
}

/** Old tasks are forgotten beyond this many: a bench makes hundreds of thousands. */
const TASKS_KEPT = 50_000;
const tasks = new Map<string, LoopbackTask>();

/** Reports the `usage` that its input names. */
export function createTask({
  input,
  ...fields
}: Pick<LoopbackTask, "contextId" | "messageId" | "push" | "state"> & { readonly input: Readonly<Record<string, unknown>> }): LoopbackTask {
  const task: LoopbackTask = { id: randomUUID(), onCancel: "cancel", usage: input["usage"], ...fields };
  tasks.set(task.id, task);
  const [oldest] = tasks.keys();
  if (tasks.size > TASKS_KEPT && oldest !== undefined) tasks.delete(oldest);
  return task;
}

export function findTask(id: unknown): LoopbackTask | undefined {
  return typeof id === "string" ? tasks.get(id) : undefined;
}

export function tasksOf(contextId: unknown): LoopbackTask[] {
  return [...tasks.values()].filter((task) => task.contextId === contextId);
}

/** The task that a message started. */
export function taskByMessage(messageId: string): LoopbackTask | undefined {
  return [...tasks.values()].find((task) => task.messageId === messageId);
}

/** The task as 1.0 writes it. */
export function taskJson(task: LoopbackTask): object {
  const artifacts = task.output === undefined ? [] : [{ artifactId: "result", parts: [{ data: task.output }] }];
  return {
    ...idsOf(task),
    status: statusJson(task),
    artifacts,
    ...(task.usage === undefined ? {} : { metadata: { usage: task.usage } }),
    history: [{ messageId: task.messageId, role: "ROLE_USER", parts: [] }],
  };
}

/** A status update as 1.0 streams and pushes it. */
export function statusUpdate(task: LoopbackTask, state = task.state): object {
  return {
    statusUpdate: {
      taskId: task.id,
      contextId: task.contextId,
      status: { ...statusJson(task), state: `TASK_STATE_${state}` },
    },
  };
}

/** Reports a state by push, true or not. Never fails: nobody listening is the receiver's loss. */
export async function push(task: LoopbackTask, told: { state?: string; token?: string } = {}): Promise<void> {
  if (task.push === undefined) return;
  const token = told.token ?? task.push.token;
  const headers = {
    "content-type": "application/a2a+json",
    "x-a2a-notification-token": token,
    authorization: `Bearer ${token}`,
  };
  const body = JSON.stringify(statusUpdate(task, told.state));
  await fetch(task.push.url, { method: "POST", headers, body }).catch(() => undefined);
}

function idsOf({ id, contextId }: LoopbackTask): object {
  return { id, contextId };
}

function statusJson({ state, note }: LoopbackTask): object {
  const message =
    note === undefined ? undefined : { messageId: randomUUID(), role: "ROLE_AGENT", parts: [{ text: note }] };
  return { state: `TASK_STATE_${state}`, timestamp: new Date().toISOString(), message };
}
