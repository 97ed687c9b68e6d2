/**
 * Circuit breakers, shared by all functions: one small row per agent that ever failed.
 *
 * A change of state is a conditional write on the revision it was worked out from, so that two functions never both
 * count the same step, and the limited probes of a half-open breaker are claimed one by one. A change that people
 * should hear of is written together with its event (invariant 4).
 */
import { GetCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import {
  BreakerState,
  CLOSED_BREAKER,
  DEFAULT_BREAKER_POLICY,
  type BreakerPolicy,
  untilProbeMs,
} from "../routing/circuit-breaker.ts";
import { StoreUnavailableError } from "../../core/errors.ts";
import { AGENT_LIMITS } from "../limits.ts";
import { type AgentRef, agentEventWrite, type NewAgentEvent, newAgentEvent } from "./agent-store.ts";
import { GroupCommitter } from "../../aws/group-commit.ts";
import type { BreakerView } from "../views/agents.ts";
import { vitalKey } from "./keys.ts";
import type { AgentStore, VitalRow } from "./vital-store.ts";

/** A breaker, the policy it was last judged by, and what a change of it must be conditional on. */
export interface StoredBreaker {
  readonly state: BreakerState;
  readonly policy: BreakerPolicy;
  readonly revision: number;
}

const Policy = z.object({
  failureThreshold: z.number(),
  failureRatio: z.number().optional(),
  recoveryTimeoutMs: z.number(),
  halfOpenMaxCalls: z.number(),
  successThreshold: z.number(),
});
const Row = z.object({ revision: z.int(), breaker: z.object({ state: BreakerState, policy: Policy }) });

/** The breaker of an agent that never failed. */
export const UNTOUCHED: StoredBreaker = { state: CLOSED_BREAKER, policy: DEFAULT_BREAKER_POLICY, revision: 0 };

/** Reads a row; no row, or one of another release, is a closed breaker. */
export function readBreaker(item: Readonly<Record<string, unknown>> | undefined): StoredBreaker {
  const row = Row.safeParse(item).data;
  return row === undefined ? UNTOUCHED : { ...row.breaker, revision: row.revision };
}

/** The breaker among an agent's vital rows. */
export const breakerAmong = (vitals: readonly VitalRow[]): StoredBreaker =>
  readBreaker(vitals.find(({ kind }) => kind === "C")?.item);

/** The breaker as the table has it. */
export async function loadBreaker(store: AgentStore, { tenant, agentId }: AgentRef): Promise<StoredBreaker> {
  const Key = { ...vitalKey(tenant, "C", agentId) };
  return readBreaker((await store.db.send(new GetCommand({ TableName: store.table, Key, ConsistentRead: true }))).Item);
}

/** Takes the next step, unless another function took one meanwhile. @returns the breaker after, when it was ours. */
export async function stepBreaker(
  store: AgentStore,
  ref: AgentRef,
  {
    from,
    state,
    policy,
    by,
    now,
  }: { from: StoredBreaker; state: BreakerState; policy: BreakerPolicy; by: string; now: number },
): Promise<StoredBreaker | undefined> {
  const next = { state, policy, revision: from.revision + 1 };
  const Item = { ...vitalKey(ref.tenant, "C", ref.agentId), revision: next.revision, breaker: { state, policy } };
  const put = {
    Put: {
      TableName: store.table,
      Item,
      ConditionExpression: "attribute_not_exists(pk) OR #revision = :from",
      ExpressionAttributeNames: { "#revision": "revision" },
      ExpressionAttributeValues: { ":from": from.revision },
    },
  };
  const event = tell(from.state, next, { by, now });
  const writes = event === undefined ? [put] : [put, agentEventWrite(store, ref, event)];
  const outcome = await new GroupCommitter(store.db).commit(writes);
  return outcome === "written" ? next : undefined;
}

/**
 * Moves a breaker by hand. One that closed by itself is not let half open.
 *
 * @throws {StoreUnavailableError} other functions kept changing it.
 */
export async function moveBreaker(
  store: AgentStore,
  ref: AgentRef,
  { to, by, now }: { to: BreakerState["state"]; by: string; now: number },
): Promise<void> {
  for (let attempt = 0; attempt < AGENT_LIMITS.optimisticAttempts; attempt += 1) {
    const from = await loadBreaker(store, ref);
    if (isAt(from.state, to)) return;
    const state = { ...CLOSED_BREAKER, state: to, since: now };
    if ((await stepBreaker(store, ref, { from, state, policy: from.policy, by, now })) !== undefined) return;
  }
  throw new StoreUnavailableError(`the breaker of ${ref.agentId} keeps changing`);
}

function isAt({ state, failures }: BreakerState, to: BreakerState["state"]): boolean {
  if (to === "closed") return state === "closed" && failures === 0;
  return state === to || (to === "half_open" && state === "closed");
}

function tell(
  from: BreakerState,
  { state, policy, revision }: StoredBreaker,
  { by, now }: { by: string; now: number },
): NewAgentEvent | undefined {
  if (state.state === from.state && state.since === from.since) return undefined;
  const at = new Date(now).toISOString();
  const previous_state = from.state;
  // The revision makes the id: one step, one event, however often it is told.
  const id = `circuit.${revision}.${state.since}`;
  switch (state.state) {
    case "open": {
      const retry_at = new Date(state.since + policy.recoveryTimeoutMs).toISOString();
      const facts = { previous_state, failures: from.failures + 1, retry_at, threshold: policy.failureThreshold };
      return newAgentEvent("agent.circuit_opened", { id, at, facts });
    }
    case "half_open":
      return newAgentEvent("agent.circuit_half_opened", { id, at, facts: { previous_state } });
    case "closed":
      return newAgentEvent("agent.circuit_closed", { id, at, facts: { previous_state, closed_by: by } });
    default:
      return state.state satisfies never;
  }
}

/** A breaker as the API prints it. An open one whose time is over is shown as half-open: its next task is a probe. */
export function breakerOf(vitals: readonly VitalRow[], now: number): BreakerView {
  const { state, policy } = breakerAmong(vitals);
  const wait = untilProbeMs(state, policy, now);
  return {
    state: state.state === "open" && wait === 0 ? "half_open" : state.state,
    failures: state.failures,
    ...(state.state === "closed" ? {} : { since: new Date(state.since).toISOString() }),
    ...(wait > 0 ? { retry_at: new Date(now + wait).toISOString() } : {}),
  };
}
