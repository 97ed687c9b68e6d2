import { GetCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { type CommitOutcome, GroupCommitter, type Write } from "../../aws/group-commit.ts";
import type { Page, PageRequest } from "../../aws/page.ts";
import { queryPage, type Row, type Table } from "../../aws/query.ts";
import { readAll } from "../../aws/read-all.ts";
import { NotFoundError } from "../../core/errors.ts";
import { hasEnded, HookRun } from "../hook-run.ts";
import { type HookStats, opensUntil } from "../hook-stats.ts";
import type { HookEvent } from "../hook-event.ts";
import { HOOK_LIMITS } from "../limits.ts";
import { DeadHookRun } from "../views/hooks.ts";
import { deadRunKey, deadRunsPartition, hookRunKey, hookStatsKey, runsOfHook } from "./keys.ts";

/** A run, and the number of the write that left it so; 0: it has no row yet. */
export interface RunRow {
  readonly run: HookRun;
  readonly revision: number;
}

const expiryOf = ({ started_at: at }: HookRun): number => Math.floor(Date.parse(at) / 1000) + HOOK_LIMITS.logSeconds;

/** The write of a run over the row that was seen. */
function runWrite({ table }: Table, tenant: string, { run, revision }: RunRow): Write {
  const { output, ...rest } = run;
  const Item = {
    ...hookRunKey(tenant, run.run_id),
    byTenant: runsOfHook(tenant, run.hook_id),
    name: `${run.started_at}#${run.run_id}`,
    ...rest,
    output: output === undefined ? undefined : JSON.stringify(output),
    revision: revision + 1,
    expiresAt: expiryOf(run),
  };
  const condition =
    revision === 0
      ? { ConditionExpression: "attribute_not_exists(pk)" }
      : { ConditionExpression: "revision = :seen", ExpressionAttributeValues: { ":seen": revision } };
  return { Put: { TableName: table, Item, ...condition } };
}

const Stored = z.object({ ...HookRun.shape, output: z.string().optional(), revision: z.int() });

function readRow(row: Row): RunRow {
  const { output, revision, ...run } = Stored.parse(row);
  const value: unknown = output === undefined ? undefined : JSON.parse(output);
  return { run: { ...run, output: value }, revision };
}

/** Puts a run where it was seen, together with other writes. `stale`: another invocation has it. */
export const saveRun = (store: Table, tenant: string, { row, also }: { row: RunRow; also: readonly Write[] }): Promise<CommitOutcome> =>
  new GroupCommitter(store.db).commit([runWrite(store, tenant, row), ...also]);

/** Runs by id; those that have not begun are missing. */
export async function loadRuns(store: Table, tenant: string, ids: readonly string[]): Promise<ReadonlyMap<string, RunRow>> {
  const rows = await readAll(store, ids.map((id) => hookRunKey(tenant, id)));
  return new Map([...rows.values()].map(readRow).map((row) => [row.run.run_id, row]));
}

/** @throws {NotFoundError} this hook has no such run, or it is more than seven days old. */
export async function loadRun(store: Table, tenant: string, { hookId, runId }: { hookId: string; runId: string }): Promise<HookRun> {
  const run = (await loadRuns(store, tenant, [runId])).get(runId)?.run;
  if (run === undefined || run.hook_id !== hookId) throw new NotFoundError("run", runId);
  return run;
}

/** Runs of a hook, the newest first. */
export async function listRuns(store: Table, at: { tenant: string; hookId: string }, { limit, after }: PageRequest): Promise<Page<HookRun>> {
  const request = {
    IndexName: "byTenant",
    KeyConditionExpression: "byTenant = :runs",
    ExpressionAttributeValues: { ":runs": runsOfHook(at.tenant, at.hookId) },
    ScanIndexForward: false,
    Limit: limit,
  };
  const { rows, next } = await queryPage(store, request, after);
  return { rows: rows.map((row) => readRow(row).run), next };
}

/** What ends a try, beside the run itself. */
export interface TryEnd {
  readonly event: HookEvent;
  readonly stats: HookStats;
  readonly at: string;
  /** Writes that stand or fall with it. */
  readonly also: readonly Write[];
}

/** Writes what came of a try: the run, what it adds to its hook's figures, and a dead letter where it failed after all attempts. */
export function saveTry(store: Table, tenant: string, row: RunRow, end: TryEnd): Promise<CommitOutcome> {
  const { run } = row;
  const writes = [runWrite(store, tenant, row), statsWrite(store, tenant, run, end), ...letterWrites(store, tenant, run, end), ...end.also];
  return new GroupCommitter(store.db).commit(writes);
}

function statsWrite({ table }: Table, tenant: string, run: HookRun, { stats, at }: TryEnd): Write {
  const isOver = hasEnded(run);
  const hasFailed = run.status !== "completed";
  const openUntil = hasFailed ? opensUntil(stats, at) : undefined;
  const sets = [...(hasFailed ? [] : ["failures = :zero"]), ...(openUntil === undefined ? [] : ["open_until = :until"])];
  const set = sets.length === 0 ? "" : `SET ${sets.join(", ")} `;
  const adds = "ADD #total :over, completed :completed, failed :failed, timeouts :timeout, duration_ms :ms";
  const failures = hasFailed ? ", failures :one" : " REMOVE open_until";
  const counted = isOver ? 1 : 0;
  return {
    Update: {
      TableName: table,
      Key: { ...hookStatsKey(tenant, run.hook_id) },
      UpdateExpression: `${set}${adds}${failures}`,
      ExpressionAttributeNames: { "#total": "total" },
      ExpressionAttributeValues: {
        ":over": counted,
        ":completed": hasFailed ? 0 : 1,
        ":failed": hasFailed ? counted : 0,
        ":timeout": run.status === "timeout" ? 1 : 0,
        ":ms": isOver ? (run.duration_ms ?? 0) : 0,
        ...(hasFailed ? { ":one": 1 } : { ":zero": 0 }),
        ...(openUntil === undefined ? {} : { ":until": openUntil }),
      },
    },
  };
}

/** A run that fails after all attempts leaves a letter; one that comes right after all takes its own away. */
function letterWrites(store: Table, tenant: string, run: HookRun, { event }: TryEnd): readonly Write[] {
  if (!hasEnded(run) || run.manual === true) return [];
  if (run.status !== "completed") return [deadWrite(store, tenant, run, event)];
  return run.redriven === true ? [{ Delete: { TableName: store.table, Key: { ...deadRunKey(tenant, run.run_id) } } }] : [];
}

function deadWrite({ table }: Table, tenant: string, run: HookRun, event: HookEvent): Write {
  const { run_id, hook_id, hook_name, started_at, ended_at: failed_at = started_at, error } = run;
  const letter = { run_id, hook_id, hook_name, failed_at, reason: error?.message ?? "", event: JSON.stringify(event), expiresAt: expiryOf(run) };
  return { Put: { TableName: table, Item: { ...deadRunKey(tenant, run_id), ...letter } } };
}

function readDead(row: Row): DeadHookRun {
  const event: unknown = JSON.parse(String(row["event"]));
  return DeadHookRun.parse({ ...row, event });
}

/** Runs that failed after all attempts, in no order. */
export async function listDeadRuns(store: Table, tenant: string, { limit, after }: PageRequest): Promise<Page<DeadHookRun>> {
  const KeyConditionExpression = "pk = :pk";
  const request = { KeyConditionExpression, ExpressionAttributeValues: { ":pk": deadRunsPartition(tenant) }, Limit: limit };
  const { rows, next } = await queryPage(store, request, after);
  return { rows: rows.map(readDead), next };
}

/** @throws {NotFoundError} this tenant has no such dead letter. */
export async function loadDeadRun(store: Table, tenant: string, runId: string): Promise<DeadHookRun> {
  const Key = { ...deadRunKey(tenant, runId) };
  const { Item } = await store.db.send(new GetCommand({ TableName: store.table, Key, ConsistentRead: true }));
  if (Item === undefined) throw new NotFoundError("dead letter", runId);
  return readDead(Item);
}

/**
 * Has a run that failed after all attempts begin anew, with all its attempts. Its letter stays until it has come right.
 *
 * @throws {NotFoundError} its row is gone: runs are kept for seven days.
 */
export async function reviveRun(store: Table, tenant: string, runId: string, at: string): Promise<void> {
  const found = (await loadRuns(store, tenant, [runId])).get(runId);
  if (found === undefined) throw new NotFoundError("run", runId);
  if (!hasEnded(found.run)) return;
  const { ended_at: _, error: __, ...run } = found.run;
  const row: RunRow = { ...found, run: { ...run, status: "running", attempt: 1, leased_until: at, redriven: true } };
  // One that another has revived meanwhile is under way as well.
  await saveRun(store, tenant, { row, also: [] });
}
