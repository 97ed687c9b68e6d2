import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { type CommitOutcome, GroupCommitter, type Write } from "../../aws/group-commit.ts";
import type { Key } from "../../aws/key.ts";
import type { Page, PageRequest } from "../../aws/page.ts";
import { queryPage, type Row, type Table } from "../../aws/query.ts";
import { NotFoundError } from "../../core/errors.ts";
import { SESSION_LIMITS } from "../limits.ts";
import { Session } from "../session.ts";
import { MEMBER_PREFIX, memberKey, sessionKey, sessionsOfTenant, sessionVersionKey } from "./keys.ts";

const readRow = (row: Row): Session => Session.parse(JSON.parse(String(row["session"])));

/** A session as it is now, or as it was in a version. @throws {NotFoundError} this tenant has no such one. */
export async function loadSession(store: Table, tenant: string, { id, version }: { id: string; version?: number | undefined }): Promise<Session> {
  const key: Key = version === undefined ? sessionKey(tenant, id) : sessionVersionKey(tenant, id, version);
  const { Item } = await store.db.send(new GetCommand({ TableName: store.table, Key: { ...key }, ConsistentRead: true }));
  if (Item !== undefined) return readRow(Item);
  throw new NotFoundError("session", version === undefined ? id : `${id}, version ${version}`);
}

/** Puts the next version of a session in place of the one before. `stale`: another came first. */
export function saveSession(store: Table, tenant: string, session: Session): Promise<CommitOutcome> {
  const { session_id: id, version, created_at: created } = session;
  const text = JSON.stringify(session);
  const index = { byTenant: sessionsOfTenant(tenant), name: `${created}#${id}` };
  const condition =
    version === 1
      ? { ConditionExpression: "attribute_not_exists(pk)" }
      : { ConditionExpression: "version = :seen", ExpressionAttributeValues: { ":seen": version - 1 } };
  const put = (Item: Row, more: object = {}): Write => ({ Put: { TableName: store.table, Item, ...more } });
  return new GroupCommitter(store.db).commit([
    put({ ...sessionKey(tenant, id), ...index, version, session: text }, condition),
    put({ ...sessionVersionKey(tenant, id, version), session: text }),
  ]);
}

/** A tenant's sessions, the newest first. */
export async function listSessions(store: Table, tenant: string, { limit, after }: PageRequest): Promise<Page<Session>> {
  const request = {
    IndexName: "byTenant",
    KeyConditionExpression: "byTenant = :sessions",
    ExpressionAttributeValues: { ":sessions": sessionsOfTenant(tenant) },
    ScanIndexForward: false,
    Limit: limit,
  };
  const { rows, next } = await queryPage(store, request, after);
  return { rows: rows.map(readRow), next };
}

/** Puts on record that an execution belongs to a session. Twice is once. */
export async function joinSession(store: Table, tenant: string, { session, execution, at }: { session: string; execution: string; at: string }): Promise<void> {
  const Item = { ...memberKey(tenant, session, { at, execution }), execution };
  await store.db.send(new PutCommand({ TableName: store.table, Item }));
}

/** The newest executions of a session, the newest first. */
export async function listMembers(store: Table, tenant: string, session: string): Promise<readonly string[]> {
  const { pk } = sessionKey(tenant, session);
  const { rows } = await queryPage(store, {
    KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
    ExpressionAttributeValues: { ":pk": pk, ":prefix": MEMBER_PREFIX },
    ConsistentRead: true,
    ScanIndexForward: false,
    Limit: SESSION_LIMITS.executions,
  });
  return rows.map((row) => String(row["execution"]));
}
