import { LRUCache } from "lru-cache";
import { LIMITS } from "../limits.ts";
import type { Execution, TaskRecord } from "../schemas/execution.ts";
import { type ExecutionStore, loadExecution, taskId } from "./execution-store.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** Reads heads of executions, at most `LIMITS.executionCacheSeconds` old. */
export function executionReader(store: ExecutionStore): Runtime["execution"] {
  const heads = new LRUCache<string, Promise<Execution>>({
    max: LIMITS.cachedExecutions,
    ttl: LIMITS.executionCacheSeconds * 1000,
  });
  return (tenant, execution) => {
    const key = `${tenant} ${execution}`;
    const known = heads.get(key);
    if (known !== undefined) return known;
    const loading = loadExecution(store, tenant, execution);
    heads.set(key, loading);
    loading.catch(() => heads.delete(key));
    return loading;
  };
}

/** Remembers settled tasks. */
export function settledTasks(): Runtime["settled"] {
  const tasks = new LRUCache<string, TaskRecord>({ max: LIMITS.cachedSettledTasks });
  return { get: (ref) => tasks.get(taskId(ref)), set: (ref, record) => void tasks.set(taskId(ref), record) };
}
