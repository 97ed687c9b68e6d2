import { GetCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Write } from "../../aws/group-commit.ts";
import { PatternRun } from "../../patterns/pattern-run.ts";
import { PayloadRef } from "../payload.ts";
import type { ExecutionStore, TaskRef } from "./execution-store.ts";
import { patternKey, taskKey } from "./keys.ts";
import { loadPayload, type PayloadStore, savePayload } from "./payload-store.ts";
import { attemptPayload } from "../task/payload-keys.ts";

/** Where a pattern stands: what its next turn depends on, and how many turns there were. */
export interface PatternRow {
  /** Of the task that it carries out: one that starts over begins anew. */
  readonly attempt: number;
  /** Turns of all attempts; a turn is written on condition that no other was meanwhile. */
  readonly turn: number;
  readonly run: PatternRun;
}

const Row = z.object({ attempt: z.int(), turn: z.int(), state: PayloadRef });

/** Where it stands; nothing before its first turn. */
export async function loadPattern(
  { executions, payloads }: { readonly executions: ExecutionStore; readonly payloads: PayloadStore },
  ref: TaskRef,
): Promise<PatternRow | undefined> {
  const { Item } = await executions.db.send(
    new GetCommand({ TableName: executions.table, Key: { ...patternKey(ref) }, ConsistentRead: true }),
  );
  if (Item === undefined) return undefined;
  const { attempt, turn, state } = Row.parse(Item);
  return { attempt, turn, run: PatternRun.parse(await loadPayload(payloads, state)) };
}

/** The writes of a turn, to be made together with what it begins: only while its task is at work in that attempt. */
export async function patternWrites(
  { executions, payloads }: { readonly executions: ExecutionStore; readonly payloads: PayloadStore },
  ref: TaskRef,
  { attempt, turn, run }: PatternRow,
): Promise<readonly Write[]> {
  const state = await savePayload(payloads, attemptPayload({ ...ref, attempt }, `turn-${turn}`), run);
  return [
    {
      Put: {
        TableName: executions.table,
        Item: { ...patternKey(ref), attempt, turn, state },
        ConditionExpression: turn === 1 ? "attribute_not_exists(pk)" : "turn = :before",
        ...(turn === 1 ? {} : { ExpressionAttributeValues: { ":before": turn - 1 } }),
      },
    },
    {
      ConditionCheck: {
        TableName: executions.table,
        Key: { ...taskKey(ref) },
        ConditionExpression: "#state = :running AND attempt = :attempt",
        ExpressionAttributeNames: { "#state": "state" },
        ExpressionAttributeValues: { ":running": "running", ":attempt": attempt },
      },
    },
  ];
}
