import { ConflictError } from "../../core/errors.ts";
import type { Quarantine } from "../agent.ts";
import { type AgentRef, type AgentStore, loadAgent, moveAgent, newAgentEvent, type NewAgentEvent } from "./agent-store.ts";
import { recordWrite } from "./endpoint-store.ts";

/**
 * Puts an agent into quarantine, or takes it out of it. The sweep may change the status between reading and writing; then it
 * is tried once more.
 *
 * @throws {NotFoundError} no such agent for this tenant.
 * @throws {ConflictError} others keep changing it.
 */
export async function setQuarantine(
  store: AgentStore,
  ref: AgentRef,
  { quarantine, event }: { quarantine: Quarantine | undefined; event: NewAgentEvent },
): Promise<void> {
  for (let round = 0; round < 2; round += 1) {
    const agent = await loadAgent(store, ref.tenant, ref.agentId);
    const record = recordWrite(store, agent, { record: { quarantine }, at: event.at });
    if ((await moveAgent(store, ref, { expected: { status: agent.status }, set: { quarantine }, event }, [record])) === "written") return;
  }
  throw new ConflictError(`agent '${ref.agentId}' is being changed by another request; try again`);
}

/** Who keeps work from an agent, why, and as part of what: `id` makes its events the same however often it is asked. */
interface Keeping {
  readonly id: string;
  readonly keeper: string;
  readonly reason: string;
  readonly at: string;
}

/**
 * Puts an agent into quarantine on somebody's behalf; whoever had it there before keeps it there.
 *
 * @throws as `setQuarantine`.
 */
export async function quarantineFor(store: AgentStore, ref: AgentRef, { id, keeper, reason, at }: Keeping): Promise<void> {
  const { quarantine } = await loadAgent(store, ref.tenant, ref.agentId);
  if (quarantine !== undefined) return;
  const facts = { reason, quarantined_by: keeper };
  const event = newAgentEvent("agent.quarantined", { id: `quarantined.${id}`, at, facts, isAudit: true });
  await setQuarantine(store, ref, { quarantine: { reason, by: keeper, at }, event });
}

/**
 * Lets an agent out of the quarantine that a keeper put it into; one that somebody else keeps stays there.
 *
 * @throws as `setQuarantine`.
 */
export async function releaseFrom(
  store: AgentStore,
  ref: AgentRef,
  { id, keeper, reason, at, by }: Keeping & { readonly by: string },
): Promise<void> {
  const { quarantine } = await loadAgent(store, ref.tenant, ref.agentId);
  if (quarantine?.by !== keeper) return;
  const event = newAgentEvent("agent.released", { id: `released.${id}`, at, facts: { reason, released_by: by }, isAudit: true });
  await setQuarantine(store, ref, { quarantine: undefined, event });
}
