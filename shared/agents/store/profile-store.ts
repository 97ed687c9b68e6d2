import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { keyName } from "../../aws/key.ts";
import type { Row } from "../../aws/query.ts";
import { readAll } from "../../aws/read-all.ts";
import { Posteriors, NO_POSTERIORS } from "../registry/posterior.ts";
import { AgentProfile, EMPTY_PROFILE } from "../registry/profile.ts";
import { StoreUnavailableError } from "../../core/errors.ts";
import { AGENT_LIMITS } from "../limits.ts";
import { type AgentRef, profileKey } from "./keys.ts";
import type { AgentStore } from "./vital-store.ts";

/** Something to be learnt about an agent, once. */
export interface Lesson {
  /** Equal for repeats of the same event. */
  readonly eventId: string;
  readonly apply: (learnt: LearntProfile) => LearntProfile;
}

/** A profile with what it does not hold: how the agent did lately. */
export interface LearntProfile {
  readonly profile: AgentProfile;
  /** Moving average of failures that were the agent's own. */
  readonly errorRate: number;
  /** By capability, the newest tasks counting most. @default - nothing is known */
  readonly posteriors?: Posteriors | undefined;
}

const Profiled = z.object({
  revision: z.int(),
  profile: z.string().transform((text) => AgentProfile.parse(JSON.parse(text))),
  errorRate: z.number(),
  posteriors: z.string().transform((text) => Posteriors.parse(JSON.parse(text))).optional(),
  seen: z.array(z.string()),
});

/** What is known of an agent; an empty profile when that is nothing. */
export async function loadProfile(store: AgentStore, ref: AgentRef): Promise<LearntProfile> {
  const { profile, errorRate, posteriors } = await loadRow(store, ref);
  return { profile, errorRate, posteriors };
}

/** What some agents' tasks came to lately, by agent. */
export async function loadPosteriors(store: AgentStore, tenant: string, agentIds: readonly string[]): Promise<ReadonlyMap<string, Posteriors>> {
  const keys = agentIds.map((id) => ({ id, key: profileKey(tenant, id) }));
  const rows = await readAll(store, keys.map(({ key }) => key));
  return new Map(keys.map(({ id, key }) => [id, posteriorsIn(rows.get(keyName(key)))]));
}

const posteriorsIn = (row: Row | undefined): Posteriors => (row === undefined ? undefined : Profiled.parse(row).posteriors) ?? NO_POSTERIORS;

/**
 * Adds lessons to an agent's profile, each of them once: the row remembers the latest `AGENT_LIMITS.learntEventsKept`
 * events. Functions that learn about the same agent at once take turns.
 *
 * @returns the profile after, or nothing when every lesson was known.
 * @throws {StoreUnavailableError} others kept writing the row.
 */
export async function learn(
  store: AgentStore,
  ref: AgentRef,
  lessons: readonly Lesson[],
): Promise<LearntProfile | undefined> {
  for (let attempt = 0; attempt < AGENT_LIMITS.optimisticAttempts; attempt += 1) {
    if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, attempt * 10));
    const row = await loadRow(store, ref);
    const seen = new Set(row.seen);
    const fresh = [...new Map(lessons.map((lesson) => [lesson.eventId, lesson])).values()].filter(
      ({ eventId }) => !seen.has(eventId),
    );
    if (fresh.length === 0) return undefined;
    const start: LearntProfile = { profile: row.profile, errorRate: row.errorRate, posteriors: row.posteriors };
    const next = fresh.reduce((learnt, { apply }) => apply(learnt), start);
    const kept = [...fresh.map(({ eventId }) => eventId).reverse(), ...row.seen].slice(
      0,
      AGENT_LIMITS.learntEventsKept,
    );
    if (await saveRow(store, ref, { revision: row.revision, next, kept })) return next;
  }
  throw new StoreUnavailableError(`the profile of ${ref.agentId} keeps changing`);
}

async function loadRow(store: AgentStore, { tenant, agentId }: AgentRef): Promise<z.output<typeof Profiled>> {
  const Key = { ...profileKey(tenant, agentId) };
  const { Item } = await store.db.send(new GetCommand({ TableName: store.table, Key, ConsistentRead: true }));
  return Item === undefined ? { revision: 0, profile: EMPTY_PROFILE, errorRate: 0, seen: [] } : Profiled.parse(Item);
}

async function saveRow(
  store: AgentStore,
  { tenant, agentId }: AgentRef,
  { revision, next, kept }: { revision: number; next: LearntProfile; kept: readonly string[] },
): Promise<boolean> {
  const { profile, errorRate, posteriors } = next;
  const Item = {
    ...profileKey(tenant, agentId),
    revision: revision + 1,
    profile: JSON.stringify(profile),
    errorRate,
    ...(posteriors === undefined ? {} : { posteriors: JSON.stringify(posteriors) }),
    seen: kept,
  };
  try {
    await store.db.send(
      new PutCommand({
        TableName: store.table,
        Item,
        ConditionExpression: "attribute_not_exists(pk) OR #revision = :seen",
        ExpressionAttributeNames: { "#revision": "revision" },
        ExpressionAttributeValues: { ":seen": revision },
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
