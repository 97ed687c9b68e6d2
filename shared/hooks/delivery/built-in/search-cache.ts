import { loadTask, type TaskRef } from "../../../execution/store/execution-store.ts";
import type { TaskRecord } from "../../../execution/task/task-record.ts";
import { hasSettled } from "../../../execution/task/task-rules.ts";
import { BUILT_INS } from "../../built-in/built-ins.ts";
import { factOf } from "../../hook-event.ts";
import { findAsked, noteAsked } from "../../store/cache-store.ts";
import { type BuiltIn, done, nothingToDo, taskOf } from "./built-in.ts";

/**
 * Answers a task with what the first task came to that asked the same of the same skill, while that is not too old. What
 * is kept is who asked first: its result stays where it lies.
 */
export const searchCache: BuiltIn = async (deps, { event }, args) => {
  const { ttl_seconds: seconds } = BUILT_INS["search-cache"].args.parse(args);
  const [own, hash] = [taskOf(event), factOf(event, "input_hash")];
  if (own === undefined || hash === undefined) return nothingToDo("it is asked before a task only");
  const at = deps.now().getTime();
  const first = await findAsked(deps.control, event.tenant, hash);
  const found = first === undefined ? undefined : await loadTask(deps.executions, first);
  if (first !== undefined && found !== undefined && isGood(found, { at, seconds })) {
    const from = { execution_id: first.execution, task_id: first.task };
    return done({ hit: true, from, patch: { skip: { output_of: from } } });
  }
  if (first === undefined || isSame(first, own) || found === undefined || hasSettled(found)) {
    await noteAsked(deps.control, { hash, first: own, expiresAt: Math.ceil(at / 1000) + seconds });
  }
  return done({ hit: false });
};

const isGood = (record: TaskRecord, { at, seconds }: { at: number; seconds: number }): boolean =>
  record.state === "completed" && at - Date.parse(record.settledAt) < seconds * 1000;

const isSame = (a: TaskRef, b: TaskRef): boolean => a.execution === b.execution && a.task === b.task;
