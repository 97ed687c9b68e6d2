import type { Stores } from "../runtime/runtime.ts";
import { LRUCache } from "lru-cache";
import { EXECUTION_LIMITS } from "../limits.ts";
import type { Execution } from "../execution.ts";
import type { TaskRecord } from "../task/task-record.ts";
import type { PayloadRef } from "../payload.ts";
import type { RunRef } from "../messages.ts";
import { NotFoundError } from "../../core/errors.ts";
import { type ExecutionStore, loadExecution, loadTask } from "./execution-store.ts";
import { loadPayload, type PayloadStore } from "./payload-store.ts";

/** What a row takes in memory beside its payload. */
const ROW_BYTES = 1024;

const sizeOf = (payload: PayloadRef | undefined): number =>
  ROW_BYTES + (payload !== undefined && "json" in payload ? payload.json.length : 0);

/** Heads of executions as a warm function knows them. */
export type Heads = { readonly read: Stores["execution"]; readonly remember: Stores["remember"] };

/** Reads heads of executions, at most `EXECUTION_LIMITS.executionCacheSeconds` old, and of the run that is asked for or a later one. */
export function executionHeads(store: ExecutionStore, now: () => number): Heads {
  const ttl = EXECUTION_LIMITS.executionCacheSeconds * 1000;
  const heads = new LRUCache<string, Execution>({ maxSize: EXECUTION_LIMITS.cachedHeadBytes, ttl });
  const loading = new Map<string, Promise<Execution>>();
  const remember: Stores["remember"] = (head, seenAt = now()) => {
    const key = `${head.tenant} ${head.executionId}`;
    const left = ttl - Math.max(0, now() - seenAt);
    if (left > 0 && (heads.get(key)?.move ?? 0) <= head.move) heads.set(key, head, { size: sizeOf(head.input), ttl: left });
  };
  const read: Stores["execution"] = async (tenant, execution, leastRun = 0) => {
    const key = `${tenant} ${execution}`;
    const known = heads.get(key);
    if (known !== undefined && known.run >= leastRun) return known;
    const asking = loading.get(key);
    const heard = asking === undefined ? undefined : await asking;
    if (heard !== undefined && heard.run >= leastRun) return heard;
    const asked = loadExecution(store, tenant, execution);
    loading.set(key, asked);
    try {
      const head = await asked;
      remember(head);
      return head;
    } finally {
      loading.delete(key);
    }
  };
  return { read, remember };
}

/** Remembers settled tasks by run: a newer run may have taken them back. */
export function settledTasks(): Stores["settled"] {
  const tasks = new LRUCache<string, TaskRecord>({ maxSize: EXECUTION_LIMITS.cachedSettledBytes });
  return {
    get: (run, task) => tasks.get(nameOf(run, task)),
    set: (run, record) => void tasks.set(nameOf(run, record.task), record, { size: sizeOf(record.output) }),
  };
}

const nameOf = ({ tenant, execution, run }: Pick<RunRef, "tenant" | "execution" | "run">, task: string): string =>
  `${tenant} ${execution} ${run} ${task}`;

/** Reads payloads. Those in the bucket are remembered: their key names their content. Shared with every caller: do not change one. */
export function payloadReader(store: PayloadStore): Stores["load"] {
  const known = new LRUCache<string, { readonly value: unknown }>({ maxSize: EXECUTION_LIMITS.cachedPayloadBytes });
  return async (ref) => {
    if ("json" in ref) return JSON.parse(ref.json);
    const found = known.get(ref.key);
    if (found !== undefined) return found.value;
    const value = await loadPayload(store, ref);
    known.set(ref.key, { value }, { size: ref.bytes + ROW_BYTES });
    return value;
  };
}

/**
 * Where the list of a `for_each` lies, remembered for as long as the run: its instances ask for it one by one.
 *
 * @throws {NotFoundError} the task has not been expanded.
 */
export function itemLists(store: ExecutionStore): Stores["items"] {
  const known = new LRUCache<string, NonNullable<TaskRecord["items"]>>({ max: EXECUTION_LIMITS.cachedItemLists });
  return async (run, group) => {
    const name = nameOf(run, group);
    const found = known.get(name) ?? (await loadTask(store, { tenant: run.tenant, execution: run.execution, task: group }))?.items;
    if (found === undefined) throw new NotFoundError("list of task", group);
    known.set(name, found);
    return found;
  };
}
