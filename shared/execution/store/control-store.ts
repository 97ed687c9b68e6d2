import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { TaskOutline } from "../control/restart-rules.ts";
import { LIMITS } from "../../core/limits.ts";
import {
  type Execution,
  type ExecutionStatus,
  isFinished,
  type PendingChange,
  TaskRecord,
  TaskState,
} from "../execution.ts";
import type { TaskMessage } from "../messages.ts";
import { eventWrite, type ExecutionStore, type NewEvent } from "./execution-store.ts";
import type { CommitOutcome, Write } from "../../aws/group-commit.ts";
import type { Page, PageRequest } from "../../aws/page.ts";
import { queryAll, queryPage } from "../../aws/query.ts";
import {
  executionIndexKeys,
  executionPartition,
  metaKey,
  openPartition,
  PARKED_PREFIX,
  parkedKey,
  parkedPartition,
  TASK_PREFIX,
} from "./keys.ts";
import { ParkedTask } from "./parking-lot.ts";
import { placementOf } from "./slot-writes.ts";
import { updateOf } from "../../aws/update-expression.ts";

/** A change of course: what the head becomes, and what is written together with it. */
export interface CourseChange {
  readonly to: ExecutionStatus;
  readonly set: Partial<Execution>;
  readonly events: readonly NewEvent[];
  readonly also?: readonly Write[];
}

/**
 * Changes an execution's course as long as it is as it was seen: same status, same run, nothing pending. One that is
 * over but not wound up yet stays in the index of open ones, so that the sweep finds it.
 */
export function changeExecution(
  store: ExecutionStore,
  execution: Execution,
  change: CourseChange,
): Promise<CommitOutcome> {
  const { tenant, executionId, workflowId } = execution;
  const { byStatus } = executionIndexKeys(tenant, change.to, workflowId);
  const isOpen = !isFinished(change.to) || change.set.pending !== undefined;
  const byOpen = isOpen ? openPartition(executionId) : undefined;
  const placement = placementOf(store.table, execution, change);
  return store.committer.commit([
    {
      Update: {
        TableName: store.table,
        Key: metaKey(tenant, executionId),
        ...updateOf({ ...change.set, status: change.to, byStatus, byOpen, ...placement.set }, [
          { name: "status", values: [execution.status] },
          { name: "run", values: [execution.run] },
          { name: "pending", values: [] },
        ]),
      },
    },
    ...change.events.map((event) => eventWrite(store, execution, event)),
    ...placement.writes,
    ...(change.also ?? []),
  ]);
}

/** Takes a change that is carried out off the record; one that came after it stays. */
export async function clearPending(store: ExecutionStore, execution: Execution, { id }: PendingChange): Promise<void> {
  const over = isFinished(execution.status) ? ", byOpen" : "";
  try {
    await store.db.send(
      new UpdateCommand({
        TableName: store.table,
        Key: { ...metaKey(execution.tenant, execution.executionId) },
        UpdateExpression: `REMOVE pending${over}`,
        ConditionExpression: "#pending.#id = :id",
        ExpressionAttributeNames: { "#pending": "pending", "#id": "id" },
        ExpressionAttributeValues: { ":id": id },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}

const Outline = z.object({
  task: z.string(),
  state: TaskState,
  run: z.int().positive().default(1),
  attempt: z.int().nonnegative(),
  settledAt: z.string().optional(),
  dispatchedAt: z.string().optional(),
  child: TaskRecord.shape.child,
  recall: TaskRecord.shape.recall,
  agentId: z.string().optional(),
  agentTaskId: z.string().optional(),
  decision: TaskRecord.shape.decision,
  input: TaskRecord.shape.input,
});
const OUTLINE = Object.keys(Outline.shape);

/** Where every task with a row stands, without payloads: ten thousand rows are a few megabytes. */
export async function loadOutlines(
  store: ExecutionStore,
  at: { tenant: string; execution: string },
): Promise<readonly TaskOutline[]> {
  const rows = await queryAll(store, {
    KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
    ProjectionExpression: OUTLINE.map((name) => `#${name}`).join(", "),
    ExpressionAttributeNames: Object.fromEntries(OUTLINE.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: { ":pk": executionPartition(at.tenant, at.execution), ":prefix": TASK_PREFIX },
    ConsistentRead: true,
  });
  return rows.map((row) => Outline.parse(row));
}

/** Every parked task of an execution, whatever it waits for. */
export async function listParked(
  store: ExecutionStore,
  at: { tenant: string; execution: string },
): Promise<readonly ParkedTask[]> {
  const rows = await queryAll(store, {
    KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
    ExpressionAttributeValues: { ":pk": executionPartition(at.tenant, at.execution), ":prefix": PARKED_PREFIX },
    ConsistentRead: true,
  });
  return rows.map((row) => ParkedTask.parse(row));
}

/** Forgets parked tasks whose messages are of runs before this one; newer ones stay. */
export async function forgetParked(
  store: ExecutionStore,
  at: { tenant: string; execution: string },
  run: number,
): Promise<void> {
  const old = (await listParked(store, at)).filter(({ message }) => message.run.run < run);
  for (let start = 0; start < old.length; start += LIMITS.recallsAtOnce) {
    await Promise.all(
      old.slice(start, start + LIMITS.recallsAtOnce).map(({ message }) => forgetOne(store, message, run)),
    );
  }
}

async function forgetOne(
  store: ExecutionStore,
  { task, run: { tenant, execution } }: TaskMessage,
  run: number,
): Promise<void> {
  try {
    await store.db.send(
      new DeleteCommand({
        TableName: store.table,
        Key: { ...parkedKey({ tenant, execution, task }) },
        ConditionExpression: "#message.#run.#run < :run",
        ExpressionAttributeNames: { "#message": "message", "#run": "run" },
        ExpressionAttributeValues: { ":run": run },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}

/** Tasks that a hold keeps back, oldest first, of all tenants; a moment behind. */
export async function listHeld(store: ExecutionStore, page: PageRequest): Promise<Page<ParkedTask>> {
  const request = {
    IndexName: "byParked",
    KeyConditionExpression: "byParked = :partition",
    ExpressionAttributeValues: { ":partition": parkedPartition("", "hold") },
    Limit: page.limit,
  };
  const { rows, next } = await queryPage(store, request, page.after);
  return { rows: rows.map((row) => ParkedTask.parse(row)), next };
}
