import { GetCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { type CommitOutcome, GroupCommitter, type Write } from "../../aws/group-commit.ts";
import type { Page, PageRequest } from "../../aws/page.ts";
import { queryAll, queryPage, type Row, type Table } from "../../aws/query.ts";
import { NotFoundError } from "../../core/errors.ts";
import { Incident, type IncidentType, type Severity } from "../incident.ts";
import { IncidentEntry, type IncidentMove } from "../incident-moves.ts";
import { INCIDENT_LIMITS } from "../limits.ts";
import { Notice } from "../notice.ts";
import { ENTRY_PREFIX, entryKey, incidentKey, incidentPartition, incidentsOf, NOTICE_PREFIX, troubleKey, untoldKey } from "./keys.ts";
import { Trouble, Untold } from "./watch-store.ts";

const Stored = z.object({ ...Incident.shape, context: z.string().optional() });

function readIncident(row: Row): Incident {
  const { context, ...incident } = Stored.parse(row);
  return context === undefined ? incident : { ...incident, context: z.record(z.string(), z.unknown()).parse(JSON.parse(context)) };
}

const expiryOf = (at: string, seconds: number): number => Math.floor(Date.parse(at) / 1000) + seconds;

function incidentWrite({ table }: Table, tenant: string, incident: Incident): Write {
  const { incident_id: id, created_at: created, status, context, revision, resolved_at: end } = incident;
  const isOver = status === "resolved";
  const Item = {
    ...incidentKey(tenant, id),
    byTenant: incidentsOf(tenant, isOver ? "closed" : "open"),
    name: `${created}#${id}`,
    ...incident,
    context: context === undefined ? undefined : JSON.stringify(context),
    expiresAt: end === undefined ? undefined : expiryOf(end, INCIDENT_LIMITS.keptSeconds),
  };
  const condition =
    revision === 1
      ? { ConditionExpression: "attribute_not_exists(pk)" }
      : { ConditionExpression: "revision = :seen", ExpressionAttributeValues: { ":seen": revision - 1 } };
  return { Put: { TableName: table, Item, ...condition } };
}

/** Edges on which a fingerprint gets, loses or regains its incident. Others may concern one that ended long ago. */
const OF_TROUBLE: ReadonlySet<string> = new Set(["opened", "reopened", "resolved"]);

/** Of a fingerprint, the one incident that is open, or ended last. */
function troubleWrite({ table }: Table, tenant: string, { incident, entry }: IncidentMove): Write[] {
  const { fingerprint, incident_id, status, resolved_at, resolved_by, revision, rule, reopened_at } = incident;
  if (fingerprint === undefined || !OF_TROUBLE.has(entry.what)) return [];
  const trouble: Trouble = { fingerprint, incident_id, isOpen: status !== "resolved", resolved_at, resolved_by, rule, reopened_at };
  // Two that find the same at once: one opens the incident, the other finds this row.
  const isNew = {
    ConditionExpression: "attribute_not_exists(pk) OR (isOpen = :over AND resolved_at < :long)",
    ExpressionAttributeValues: { ":over": false, ":long": new Date(Date.parse(entry.at) - INCIDENT_LIMITS.reopenSeconds * 1000).toISOString() },
  };
  const expiresAt = resolved_at === undefined ? undefined : expiryOf(resolved_at, 2 * INCIDENT_LIMITS.reopenSeconds);
  return [{ Put: { TableName: table, Item: { ...troubleKey(tenant, fingerprint), ...trouble, expiresAt }, ...(revision === 1 ? isNew : {}) } }];
}

/**
 * Writes a move: the incident, its timeline, and what is to be told, all or nothing. `stale`: another came first, or the
 * same trouble has an incident already.
 */
export function saveMove(store: Table, tenant: string, move: IncidentMove): Promise<CommitOutcome> {
  const { incident, entry, event, isQuiet } = move;
  const { incident_id: id, revision } = incident;
  const put = (Item: Row): Write => ({ Put: { TableName: store.table, Item } });
  const untold: Untold | undefined = event === undefined ? undefined : { incident_id: id, revision, event, isQuiet, at: entry.at };
  return new GroupCommitter(store.db).commit([
    incidentWrite(store, tenant, incident),
    put({ ...entryKey(tenant, id, revision), ...entry }),
    ...troubleWrite(store, tenant, move),
    ...(untold === undefined ? [] : [put({ ...untoldKey(tenant, id, revision), ...untold })]),
  ]);
}

/** @throws {NotFoundError} this tenant has no such incident. */
export async function loadIncident(store: Table, tenant: string, id: string): Promise<Incident> {
  const found = await findIncident(store, tenant, id);
  if (found === undefined) throw new NotFoundError("incident", id);
  return found;
}

/** An incident, or nothing. */
export async function findIncident(store: Table, tenant: string, id: string): Promise<Incident | undefined> {
  const { Item } = await store.db.send(new GetCommand({ TableName: store.table, Key: { ...incidentKey(tenant, id) }, ConsistentRead: true }));
  return Item === undefined ? undefined : readIncident(Item);
}

/** One move of an incident, or nothing. */
export async function findEntry(store: Table, tenant: string, { incident, revision }: { incident: string; revision: number }): Promise<IncidentEntry | undefined> {
  const { Item } = await store.db.send(new GetCommand({ TableName: store.table, Key: { ...entryKey(tenant, incident, revision) } }));
  return Item === undefined ? undefined : IncidentEntry.parse(Item);
}

/** The newest moves of an incident, oldest first. */
export async function loadTimeline(store: Table, tenant: string, id: string): Promise<readonly IncidentEntry[]> {
  const { rows } = await queryPage(store, {
    KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
    ExpressionAttributeValues: { ":pk": incidentPartition(tenant, id), ":prefix": ENTRY_PREFIX },
    ConsistentRead: true,
    ScanIndexForward: false,
    Limit: INCIDENT_LIMITS.shownEntries,
  });
  return rows.map((row) => IncidentEntry.parse(row)).toReversed();
}

/** What channels were told of an incident, in the order of its moves. */
export async function loadNotices(store: Table, tenant: string, id: string): Promise<readonly Notice[]> {
  const rows = await queryAll(store, {
    KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
    ExpressionAttributeValues: { ":pk": incidentPartition(tenant, id), ":prefix": NOTICE_PREFIX },
    ConsistentRead: true,
  });
  return rows.map((row) => Notice.parse(row));
}

/** Every incident of a tenant that is not over, a moment behind at most. */
export async function listOpenIncidents(store: Table, tenant: string): Promise<readonly Incident[]> {
  const rows = await queryAll(store, {
    IndexName: "byTenant",
    KeyConditionExpression: "byTenant = :incidents",
    ExpressionAttributeValues: { ":incidents": incidentsOf(tenant, "open") },
  });
  return rows.map(readIncident);
}

/** Which incidents, by what callers may ask for. */
export interface IncidentFilter {
  readonly which: "open" | "closed";
  readonly status?: Incident["status"] | undefined;
  readonly severity?: Severity | undefined;
  readonly type?: IncidentType | undefined;
  /** When they began: ISO 8601, both included. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** A tenant's incidents, those that began last first. A page may hold fewer than it was asked for. */
export async function listIncidents(store: Table, tenant: string, filter: IncidentFilter, { limit, after }: PageRequest): Promise<Page<Incident>> {
  const { which, from = "0", to = "9", status, severity, type } = filter;
  const asked = Object.entries({ status, severity, incident_type: type }).filter(([, value]) => value !== undefined);
  const request = {
    IndexName: "byTenant",
    KeyConditionExpression: "byTenant = :incidents AND #name BETWEEN :from AND :to",
    ...(asked.length === 0 ? {} : { FilterExpression: asked.map(([name]) => `#${name} = :${name}`).join(" AND ") }),
    ExpressionAttributeNames: Object.fromEntries(["name", ...asked.map(([name]) => name)].map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: {
      ":incidents": incidentsOf(tenant, which),
      ":from": from,
      // What began at a moment has its id behind it.
      ":to": `${to}~`,
      ...Object.fromEntries(asked.map(([name, value]) => [`:${name}`, value])),
    },
    ScanIndexForward: false,
    Limit: limit,
  };
  const { rows, next } = await queryPage(store, request, after);
  return { rows: rows.map(readIncident), next };
}
