import { GetObjectCommand, NoSuchKey, PutObjectCommand } from "@aws-sdk/client-s3";
import { LRUCache } from "lru-cache";
import { NotFoundError } from "../../core/errors.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { Plan, type PlanTask } from "../../workflow/plan/plan.ts";
import type { PayloadStore } from "./payload-store.ts";

/** A plan with its tasks by id. */
export interface PlanView {
  readonly plan: Plan;
  readonly tasks: ReadonlyMap<string, PlanTask>;
}

const planKey = (tenant: string, hash: string): string => `T/${tenant}/plans/${hash}.json`;

/** Indexes a plan. */
export const viewPlan = (plan: Plan): PlanView => ({ plan, tasks: new Map(plan.tasks.map((task) => [task.id, task])) });

/** Keeps a plan under its hash. Saving the same plan twice is harmless: equal hash, equal bytes. */
export async function savePlan(store: PayloadStore, tenant: string, plan: Plan): Promise<void> {
  await store.s3.send(
    new PutObjectCommand({
      Bucket: store.bucket,
      Key: planKey(tenant, plan.planHash),
      Body: JSON.stringify(plan),
      ContentType: "application/json",
    }),
  );
}

/**
 * Reads plans by hash and remembers them: a plan never changes under its hash.
 *
 * @throws {NotFoundError} no such plan for this tenant.
 */
export function planReader(store: PayloadStore): (tenant: string, hash: string) => Promise<PlanView> {
  const views = new LRUCache<string, Promise<PlanView>>({ max: EXECUTION_LIMITS.cachedPlans });
  return (tenant, hash) => {
    const key = planKey(tenant, hash);
    const known = views.get(key);
    if (known !== undefined) return known;
    const loading = fetchPlan(store, key, hash);
    views.set(key, loading);
    loading.catch(() => views.delete(key));
    return loading;
  };
}

async function fetchPlan(store: PayloadStore, key: string, hash: string): Promise<PlanView> {
  try {
    const { Body } = await store.s3.send(new GetObjectCommand({ Bucket: store.bucket, Key: key }));
    return viewPlan(Plan.parse(JSON.parse((await Body?.transformToString("utf-8")) ?? "null")));
  } catch (error) {
    if (error instanceof NoSuchKey) throw new NotFoundError("plan", hash, { cause: error });
    throw error;
  }
}
