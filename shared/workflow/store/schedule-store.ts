import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import type { CommitOutcome, Write } from "../../aws/group-commit.ts";
import type { Page, PageRequest } from "../../aws/page.ts";
import { query, queryPage, type Row, type Table } from "../../aws/query.ts";
import { NotFoundError } from "../../core/errors.ts";
import { TenantId } from "../../core/ids.ts";
import type { ScheduleTrigger } from "../definition/workflow-definition.ts";
import { beginSchedule, nextLook, Schedule, schedulesIn, type Stamp } from "../schedules/schedule.ts";
import { DUE_SCHEDULES, scheduleKey } from "./keys.ts";

const readRow = (row: Row): Schedule => Schedule.parse(JSON.parse(String(row["schedule"])));

/** A schedule; nothing where this tenant has no such one. */
export async function findSchedule({ db, table }: Table, tenant: string, id: string): Promise<Schedule | undefined> {
  const { Item } = await db.send(new GetCommand({ TableName: table, Key: { ...scheduleKey(tenant, id) }, ConsistentRead: true }));
  return Item === undefined ? undefined : readRow(Item);
}

/** A schedule. @throws {NotFoundError} this tenant has no such one. */
export async function loadSchedule(store: Table, tenant: string, id: string): Promise<Schedule> {
  const schedule = await findSchedule(store, tenant, id);
  if (schedule === undefined) throw new NotFoundError("schedule", id);
  return schedule;
}

/** A tenant's schedules, by id. */
export async function listSchedules(store: Table, tenant: string, { limit, after }: PageRequest): Promise<Page<Schedule>> {
  const request = { KeyConditionExpression: "pk = :pk", ExpressionAttributeValues: { ":pk": scheduleKey(tenant, "").pk }, Limit: limit };
  const { rows, next } = await queryPage(store, request, after);
  return { rows: rows.map(readRow), next };
}

const asSeen = ({ revision }: Schedule) => ({ ConditionExpression: "revision = :seen", ExpressionAttributeValues: { ":seen": revision } });

async function unlessStale(send: () => Promise<unknown>): Promise<CommitOutcome> {
  try {
    await send();
    return "written";
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return "stale";
    throw error;
  }
}

/** Puts a schedule in place of the one that was seen. `stale`: another came first. */
export function replaceSchedule(
  { db, table }: Table,
  tenant: string,
  { seen, next, now }: { seen: Schedule; next: Schedule; now: number },
): Promise<CommitOutcome> {
  const Item = itemOf(tenant, { ...next, revision: seen.revision + 1 }, now);
  return unlessStale(() => db.send(new PutCommand({ TableName: table, Item, ...asSeen(seen) })));
}

/** Removes a schedule, unless it has changed since it was seen. */
export const removeSchedule = ({ db, table }: Table, tenant: string, seen: Schedule): Promise<CommitOutcome> =>
  unlessStale(() => db.send(new DeleteCommand({ TableName: table, Key: { ...scheduleKey(tenant, seen.schedule_id) }, ...asSeen(seen) })));

/** Only what somebody has to look at stands in the index. */
function itemOf(tenant: string, schedule: Schedule, now: number): Row {
  const look = nextLook(schedule, now);
  const index = look === undefined ? {} : { byTenant: DUE_SCHEDULES, name: `${new Date(look).toISOString()}#${tenant}#${schedule.schedule_id}` };
  return { ...scheduleKey(tenant, schedule.schedule_id), tenant, ...index, revision: schedule.revision, schedule: JSON.stringify(schedule) };
}

/** What starts a workflow by itself, in two of its versions. */
export interface Replaced {
  readonly tenant: string;
  readonly workflow: string;
  readonly before: readonly object[];
  readonly after: readonly object[];
}

/** Puts the schedules of a new version in place of those of the version before; one that both have goes on as it is. */
export function scheduleWrites({ table }: Pick<Table, "table">, { tenant, workflow, before, after }: Replaced, stamp: Stamp): readonly Write[] {
  const [old, wanted] = [schedulesIn(tenant, workflow, before), schedulesIn(tenant, workflow, after)];
  const begin = ([id, trigger]: readonly [string, ScheduleTrigger]): Write => ({
    Put: { TableName: table, Item: itemOf(tenant, beginSchedule(id, workflow, { ...stamp, trigger }), stamp.at.getTime()) },
  });
  const gone = [...old.keys()].filter((id) => !wanted.has(id));
  const removals = gone.map((id): Write => ({ Delete: { TableName: table, Key: { ...scheduleKey(tenant, id) } } }));
  return [...[...wanted].filter(([id]) => !old.has(id)).map(begin), ...removals];
}

/** A schedule that somebody has to look at, and when. */
export interface Look {
  readonly tenant: string;
  readonly schedule: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Schedules of all tenants that are to be looked at before a time, the earliest first. */
export async function* looksBefore(store: Table, before: number): AsyncGenerator<Look> {
  const request = {
    IndexName: "byTenant",
    KeyConditionExpression: "byTenant = :due AND #name < :before",
    ExpressionAttributeNames: { "#name": "name" },
    ExpressionAttributeValues: { ":due": DUE_SCHEDULES, ":before": new Date(before).toISOString() },
  };
  for await (const { sk, name, tenant } of query(store, request)) {
    yield { tenant: TenantId.parse(tenant), schedule: String(sk), at: Date.parse(String(name).split("#", 1).join("")) };
  }
}
