import { GetCommand } from "@aws-sdk/lib-dynamodb";
import { LRUCache } from "lru-cache";
import * as z from "zod";
import { meanSeconds, Observed, UNOBSERVED } from "../service-level/durations.ts";
import { hashText } from "../../agents/routing/hash.ts";
import { Usage } from "../../core/usage.ts";
import { StoreUnavailableError } from "../../core/errors.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import type { ExecutionStore } from "./execution-store.ts";
import type { Write } from "../../aws/group-commit.ts";
import { executionStatsKey, learntKey, statsPartition, taskStatsKey, taskStatsPrefix } from "./keys.ts";
import { type Key, keyName } from "../../aws/key.ts";
import { queryAll } from "../../aws/query.ts";
import { readAll } from "../../aws/read-all.ts";

/** What was observed of one task of a workflow; nothing when it never was. */
export type ObservedTasks = (task: string) => Observed | undefined;

/** Looks up what was observed of a workflow's tasks, a minute old at most. */
export type DurationReader = (workflow: { tenant: string; workflowId: string; taskCount: number }) => Promise<ObservedTasks>;

/** Rows that a workflow's observations are spread over. */
const partsOf = (taskCount: number): number => (taskCount <= EXECUTION_LIMITS.observedTasksPerRow ? 1 : EXECUTION_LIMITS.observedRows);

/** Bytes that one task's observations take in memory. */
const TASK_BYTES = 150;

const Numbers = z.tuple([z.number(), z.number(), z.number(), z.number(), z.number(), z.number()]);

const unpack = ([n, mean, m2, attempts, failures, skips]: z.output<typeof Numbers>): Observed => ({
  n,
  mean,
  m2,
  attempts,
  failures,
  skips,
});

/** A row as stored: six numbers a task, as JSON, because maps of numbers take thrice the space in DynamoDB. */
const Packed = z
  .string()
  .transform((text): unknown => JSON.parse(text))
  .pipe(z.record(z.string(), Numbers))
  .transform((tasks) => Object.entries(tasks).map(([task, numbers]) => [task, unpack(numbers)] as const));
const Row = z.object({ revision: z.int(), tasks: Packed });

function pack(tasks: ReadonlyMap<string, Observed>): string {
  const round = (value: number): number => Number(value.toPrecision(8));
  const numbers = ({ n, mean, m2, attempts, failures, skips }: Observed) => [n, mean, m2, attempts, failures, skips].map(round);
  return JSON.stringify(Object.fromEntries([...tasks].map(([task, observed]) => [task, numbers(observed)])));
}

/** Reads observed durations, remembering those of workflows that were asked for. */
export function durationReader(store: Pick<ExecutionStore, "db" | "table">): DurationReader {
  const known = new LRUCache<string, ReadonlyMap<string, Observed>>({
    maxSize: EXECUTION_LIMITS.cachedObservedBytes,
    ttl: EXECUTION_LIMITS.observedCacheSeconds * 1000,
    sizeCalculation: (tasks) => (tasks.size + 1) * TASK_BYTES,
    fetchMethod: async (name, _, { options }) => {
      const [tenant = "", prefix = ""] = name.split(" ");
      const rows = await queryAll(store, {
        KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
        ExpressionAttributeValues: { ":pk": statsPartition(tenant), ":prefix": prefix },
      });
      // The first observations say most: they are not kept waiting.
      if (rows.length === 0) options.ttl = EXECUTION_LIMITS.unobservedCacheSeconds * 1000;
      return new Map(rows.flatMap((row) => Row.parse(row).tasks));
    },
  });
  return async ({ tenant, workflowId, taskCount }) => {
    const tasks = await known.fetch(`${tenant} ${taskStatsPrefix(workflowId, partsOf(taskCount))}`);
    return (task) => tasks?.get(task);
  };
}

/** Mean duration of a tenant's executions that completed lately; nothing before the first one. */
export async function meanExecutionSeconds(store: Pick<ExecutionStore, "db" | "table">, tenant: string): Promise<number | undefined> {
  const { db, table } = store;
  const { Item } = await db.send(new GetCommand({ TableName: table, Key: { ...executionStatsKey(tenant) } }));
  return Item === undefined ? undefined : meanSeconds(Row.parse(Item).tasks[0]?.[1] ?? UNOBSERVED);
}

/** What an execution taught. */
export interface ExecutionLesson {
  readonly execution: string;
  /** Of each run once. */
  readonly run: number;
  /** What its agents used so far. */
  readonly used: ReadonlyMap<string, Usage>;
  /** Adds what it taught of tasks, which it had not when it was learnt from last. */
  readonly tasks: (learnt: Learnt) => ReadonlyMap<string, (before: Observed) => Observed>;
  readonly whole: (before: Observed) => Observed;
}

/** How far an execution was learnt from: the last run, and what its agents had used by then. */
export interface Learnt {
  readonly run: number;
  readonly used: ReadonlyMap<string, Usage>;
}

/** Of an execution that nothing was learnt from. */
export const UNLEARNT: Learnt = { run: 0, used: new Map() };

/** A lesson that was not learnt yet, and what was learnt from its execution before. */
export interface FreshLesson {
  readonly lesson: ExecutionLesson;
  readonly learnt: Learnt;
}

/** What else is written with lessons, for each of them once. */
export type Alongside = (fresh: readonly FreshLesson[]) => Promise<readonly Write[]>;

/** Whose lessons these are. */
export interface Pupil {
  readonly tenant: string;
  readonly workflowId: string;
  readonly taskCount: number;
}

const TRIES = 8;

/**
 * Adds the lessons of executions of one workflow, each run's once: the transaction marks the executions. Costs one write
 * for up to `EXECUTION_LIMITS.observedTasksPerRow` tasks, however many executions.
 *
 * @throws {StoreUnavailableError} others kept writing the rows.
 */
export async function learnDurations(
  store: ExecutionStore,
  pupil: Pupil,
  { lessons, alongside }: { readonly lessons: readonly ExecutionLesson[]; readonly alongside: Alongside },
): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const writes = await lessonWrites(store, pupil, { lessons, alongside });
    if (writes.length === 0 || (await store.committer.commit(writes)) === "written") return;
  }
  throw new StoreUnavailableError(`observations of ${pupil.workflowId} keep changing`);
}

async function lessonWrites(
  store: ExecutionStore,
  pupil: Pupil,
  { lessons, alongside }: { readonly lessons: readonly ExecutionLesson[]; readonly alongside: Alongside },
): Promise<readonly Write[]> {
  const { tenant, workflowId, taskCount } = pupil;
  const parts = partsOf(taskCount);
  const marks = await readAll(store, lessons.map(({ execution }) => learntKey(tenant, execution)));
  const fresh = lessons.flatMap((lesson): FreshLesson[] => {
    const mark = marks.get(keyName(learntKey(tenant, lesson.execution)));
    const learnt = mark === undefined ? UNLEARNT : Mark.parse(mark);
    return learnt.run < lesson.run ? [{ lesson, learnt }] : [];
  });
  if (fresh.length === 0) return [];
  const changes = fresh.flatMap(({ lesson, learnt }) => [...lesson.tasks(learnt)]);
  const byPart = Map.groupBy(changes, ([task]) => hashText(task) % parts);
  const keys = [...byPart].map(([part, list]) => ({ key: taskStatsKey(tenant, workflowId, { parts, part }), list }));
  const whole = { key: executionStatsKey(tenant), list: fresh.map(({ lesson }) => ["*", lesson.whole] as const) };
  const rows = await readAll(store, [...keys, whole].map(({ key }) => key));
  return [
    ...[...keys, whole].map(({ key, list }) => rowWrite(store.table, key, { row: rows.get(keyName(key)), list })),
    ...fresh.map(({ lesson }) => markWrite(store.table, learntKey(tenant, lesson.execution), lesson)),
    ...(await alongside(fresh)),
  ];
}

const Mark = z.object({
  run: z.int(),
  used: z.record(z.string(), Usage).default({}).transform((used) => new Map(Object.entries(used))),
});

function rowWrite(
  table: string,
  key: Key,
  { row, list }: { row: Record<string, unknown> | undefined; list: readonly (readonly [string, (before: Observed) => Observed])[] },
): Write {
  const { revision, tasks } = row === undefined ? { revision: 0, tasks: [] } : Row.parse(row);
  const observed = new Map<string, Observed>(tasks);
  for (const [task, apply] of list) observed.set(task, apply(observed.get(task) ?? UNOBSERVED));
  return {
    Put: {
      TableName: table,
      Item: { ...key, revision: revision + 1, tasks: pack(observed) },
      ConditionExpression: revision === 0 ? "attribute_not_exists(pk)" : "revision = :seen",
      ...(revision === 0 ? {} : { ExpressionAttributeValues: { ":seen": revision } }),
    },
  };
}

const markWrite = (table: string, key: Key, { run, used }: Learnt): Write => ({
  Put: {
    TableName: table,
    Item: { ...key, run, ...(used.size === 0 ? {} : { used: Object.fromEntries(used) }) },
    ConditionExpression: "attribute_not_exists(#run) OR #run < :run",
    ExpressionAttributeNames: { "#run": "run" },
    ExpressionAttributeValues: { ":run": run },
  },
});
