import { GetCommand } from "@aws-sdk/lib-dynamodb";
import { Checkpoint } from "../control.ts";
import type { Page, PageRequest } from "../../aws/page.ts";
import { queryRows } from "./execution-queries.ts";
import { type ExecutionHead, type ExecutionStore, eventWrite } from "./execution-store.ts";
import { newEvent } from "../new-event.ts";
import type { CommitOutcome } from "../../aws/group-commit.ts";
import { checkpointKey, CHECKPOINT_PREFIX } from "./keys.ts";

/** Keeps a checkpoint and tells of it. `stale`: there is one of this name already, and it stays. */
export function saveCheckpoint(
  store: ExecutionStore,
  head: ExecutionHead,
  checkpoint: Checkpoint,
): Promise<CommitOutcome> {
  const { id, at, reason, settledTasks } = checkpoint;
  const facts = { checkpoint_id: id, reason, settled_tasks: settledTasks };
  const key = checkpointKey(head.tenant, head.executionId, id);
  return store.committer.commit([
    {
      Put: { TableName: store.table, Item: { ...key, ...checkpoint }, ConditionExpression: "attribute_not_exists(pk)" },
    },
    eventWrite(store, head, newEvent("workflow.checkpointed", { id: `checkpoint.${id}`, at, facts })),
  ]);
}

/** A checkpoint by name, or nothing. */
export async function findCheckpoint(
  store: ExecutionStore,
  at: { tenant: string; execution: string; id: string },
): Promise<Checkpoint | undefined> {
  const Key = { ...checkpointKey(at.tenant, at.execution, at.id) };
  const { Item } = await store.db.send(new GetCommand({ TableName: store.table, Key, ConsistentRead: true }));
  return Item === undefined ? undefined : Checkpoint.parse(Item);
}

/** Checkpoints of an execution, newest first: their names begin with their time. */
export async function listCheckpoints(
  store: ExecutionStore,
  at: { tenant: string; execution: string },
  page: PageRequest,
): Promise<Page<Checkpoint>> {
  const { rows, next } = await queryRows(store, at, { ...page, prefix: CHECKPOINT_PREFIX, descending: true });
  return { rows: rows.map((row) => Checkpoint.parse(row)), next };
}
