import { LRUCache } from "lru-cache";
import { LIMITS } from "../limits.ts";
import type { Execution, PayloadRef, TaskRecord } from "../schemas/execution.ts";
import { type ExecutionStore, loadExecution, taskId } from "./execution-store.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** What a row takes in memory beside its payload. */
const ROW_BYTES = 1024;

const sizeOf = (payload: PayloadRef | undefined): number =>
  ROW_BYTES + (payload !== undefined && "json" in payload ? payload.json.length : 0);

/** Reads heads of executions, at most `LIMITS.executionCacheSeconds` old. */
export function executionReader(store: ExecutionStore): Runtime["execution"] {
  const ttl = LIMITS.executionCacheSeconds * 1000;
  const heads = new LRUCache<string, Execution>({ maxSize: LIMITS.cachedHeadBytes, ttl });
  const loading = new Map<string, Promise<Execution>>();
  return async (tenant, execution) => {
    const key = `${tenant} ${execution}`;
    const known = heads.get(key) ?? loading.get(key);
    if (known !== undefined) return known;
    const asked = loadExecution(store, tenant, execution);
    loading.set(key, asked);
    try {
      const head = await asked;
      heads.set(key, head, { size: sizeOf(head.input) });
      return head;
    } finally {
      loading.delete(key);
    }
  };
}

/** Remembers settled tasks. */
export function settledTasks(): Runtime["settled"] {
  const tasks = new LRUCache<string, TaskRecord>({ maxSize: LIMITS.cachedSettledBytes });
  return {
    get: (ref) => tasks.get(taskId(ref)),
    set: (ref, record) => void tasks.set(taskId(ref), record, { size: sizeOf(record.output) }),
  };
}
