import { GetCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import * as z from "zod";
import type { ExecutionStore } from "./execution-store.ts";
import type { Write } from "../../aws/group-commit.ts";
import { budgetKey } from "./keys.ts";

/** What a run and everything below it used up. Cost in the currency of the estimates. */
export const Spending = z.object({
  calls: z.number().default(0),
  cost: z.number().default(0),
  tokens: z.number().default(0),
  /** Resources whose warning is out. */
  warned: z.set(z.string()).optional(),
  /** Ceilings that an operator raised; they take the place of the definition's. */
  raised: z
    .object({
      maxCost: z.number().optional(),
      maxAgentCalls: z.number().optional(),
      maxTokens: z.number().optional(),
      maxDurationSeconds: z.number().optional(),
    })
    .optional(),
});
export type Spending = z.infer<typeof Spending>;

/** The execution whose row counts. */
export interface BudgetRef {
  readonly tenant: string;
  /** The outermost execution with a budget. */
  readonly root: string;
}

/** What was spent so far. */
export async function loadSpending(store: ExecutionStore, { tenant, root }: BudgetRef): Promise<Spending> {
  const Key = { ...budgetKey(tenant, root) };
  const { Item } = await store.db.send(new GetCommand({ TableName: store.table, Key, ConsistentRead: true }));
  return Spending.parse(Item ?? {});
}

/** One more call, at what it is expected to cost: stands or falls with the attempt it pays for. */
export function spendWrite(
  store: ExecutionStore,
  { tenant, root }: BudgetRef,
  { cost, ceilings }: { cost: number; ceilings: Readonly<Record<"calls" | "cost" | "tokens", number | undefined>> },
): Write {
  const limits = Object.entries(ceilings).flatMap(([name, limit]) => (limit === undefined ? [] : [{ name, limit }]));
  const tests = limits.map(({ name }) => `(attribute_not_exists(#${name}) OR #${name} < :${name})`);
  const names = new Set(["calls", "cost", ...limits.map(({ name }) => name)]);
  return {
    Update: {
      TableName: store.table,
      Key: { ...budgetKey(tenant, root) },
      UpdateExpression: "ADD #calls :one, #cost :spent",
      ...(tests.length === 0 ? {} : { ConditionExpression: tests.join(" AND ") }),
      ExpressionAttributeNames: Object.fromEntries([...names].map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: {
        ":one": 1,
        ":spent": cost,
        ...Object.fromEntries(limits.map(({ name, limit }) => [`:${name}`, limit])),
      },
    },
  };
}

/** What an attempt turned out to take beyond what was set aside for it. */
export function settleWrite(store: ExecutionStore, { tenant, root }: BudgetRef, used: { cost: number; tokens: number }): Write {
  return {
    Update: {
      TableName: store.table,
      Key: { ...budgetKey(tenant, root) },
      UpdateExpression: "ADD #cost :cost, tokens :tokens",
      ExpressionAttributeNames: { "#cost": "cost" },
      ExpressionAttributeValues: { ":cost": used.cost, ":tokens": used.tokens },
    },
  };
}

/** @returns whether this call was the first to say so. */
export async function markWarned(store: ExecutionStore, { tenant, root }: BudgetRef, resource: string): Promise<boolean> {
  try {
    await store.db.send(
      new UpdateCommand({
        TableName: store.table,
        Key: { ...budgetKey(tenant, root) },
        UpdateExpression: "ADD warned :set",
        ConditionExpression: "attribute_not_exists(warned) OR NOT contains(warned, :resource)",
        ExpressionAttributeValues: { ":set": new Set([resource]), ":resource": resource },
      }),
    );
    return true;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return false;
  }
}

/** Raises ceilings; those that are not named stay. */
export async function raiseBudget(
  store: ExecutionStore,
  { tenant, root }: BudgetRef,
  raised: NonNullable<Spending["raised"]>,
): Promise<void> {
  const before = (await loadSpending(store, { tenant, root })).raised;
  await store.db.send(
    new UpdateCommand({
      TableName: store.table,
      Key: { ...budgetKey(tenant, root) },
      UpdateExpression: "SET raised = :raised",
      ExpressionAttributeValues: { ":raised": { ...before, ...raised } },
    }),
  );
}
