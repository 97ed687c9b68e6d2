import { createHash } from "node:crypto";
import type { Key } from "../../aws/key.ts";
import { executionPartition } from "../../execution/store/keys.ts";

/** An execution of a tenant. */
export interface Place {
  readonly tenant: string;
  readonly execution: string;
}

/** What the sort keys of messages begin with. */
export const MESSAGE_PREFIX = "A2A#MESSAGE#";
/** What the sort keys of push configurations begin with. */
export const PUSH_PREFIX = "A2A#PUSH#";

/** A message of a caller. Ids are the callers' own, so two callers may use the same. */
export const messageKey = ({ tenant, execution }: Place, from: { caller: string; messageId: string }): Key => ({
  pk: executionPartition(tenant, execution),
  sk: `${MESSAGE_PREFIX}${digestOf([from.caller, from.messageId])}`,
});

/** A push configuration. */
export const pushKey = ({ tenant, execution }: Place, id: string): Key => ({
  pk: executionPartition(tenant, execution),
  sk: `${PUSH_PREFIX}${id}`,
});

/** That a tenant has push configurations, or had. */
export const pushMarkKey = (tenant: string): Key => ({ pk: `T#${tenant}#A2A`, sk: "PUSHES" });

/** Executions of one context, oldest first. */
export const contextPartition = (tenant: string, contextId: string): string => `T#${tenant}#CTX#${contextId}`;

/** One execution of a context. */
export const contextKey = (
  { tenant, execution }: Place,
  { contextId, at }: { contextId: string; at: string },
): Key => ({
  pk: contextPartition(tenant, contextId),
  sk: `${at}#${execution}`,
});

/** The execution that a caller's message starts: the same message, the same execution. */
export const executionIdFor = (tenant: string, { caller, messageId }: { caller: string; messageId: string }): string =>
  `exec_${digestOf([tenant, caller, messageId]).slice(0, 24)}`;

const digestOf = (parts: readonly string[]): string => createHash("sha256").update(JSON.stringify(parts)).digest("hex");
