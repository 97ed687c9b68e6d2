import type { Key } from "../../aws/key.ts";

const partition = (tenant: string, id: string): string => `T#${tenant}#SESSION#${id}`;

/** A session as it is now, in the control table. */
export const sessionKey = (tenant: string, id: string): Key => ({ pk: partition(tenant, id), sk: "META" });

/** One version of a session. */
export const sessionVersionKey = (tenant: string, id: string, version: number): Key => ({
  pk: partition(tenant, id),
  sk: `V#${String(version).padStart(8, "0")}`,
});

/** What the sort keys of a session's executions begin with. */
export const MEMBER_PREFIX = "X#";

/** An execution of a session; rows sort by when they joined. */
export const memberKey = (tenant: string, id: string, member: { at: string; execution: string }): Key => ({
  pk: partition(tenant, id),
  sk: `${MEMBER_PREFIX}${member.at}#${member.execution}`,
});

/** All sessions of a tenant, as partition of the control index. */
export const sessionsOfTenant = (tenant: string): string => `T#${tenant}#SESSIONS`;
