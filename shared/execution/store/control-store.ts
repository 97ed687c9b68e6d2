import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { DeleteCommand } from "@aws-sdk/lib-dynamodb";
import { TaskOutline } from "../task/task-outline.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import type { TaskMessage } from "../messages.ts";
import type { ExecutionStore } from "./execution-store.ts";
import type { Page, PageRequest } from "../../aws/page.ts";
import { queryAll, queryPage } from "../../aws/query.ts";
import {
  executionPartition,
  PARKED_PREFIX,
  parkedKey,
  parkedPartition,
  TASK_PREFIX,
} from "./keys.ts";
import { ParkedTask } from "./parking-lot.ts";

const OUTLINE = Object.keys(TaskOutline.shape);

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
  return rows.map((row) => TaskOutline.parse(row));
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
  for (let start = 0; start < old.length; start += EXECUTION_LIMITS.cancelsAtOnce) {
    await Promise.all(
      old.slice(start, start + EXECUTION_LIMITS.cancelsAtOnce).map(({ message }) => forgetOne(store, message, run)),
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
