import { ConflictError } from "../../core/errors.ts";
import type { Quarantine } from "../agent.ts";
import { type AgentRef, type AgentStore, loadAgent, moveAgent, type NewAgentEvent } from "./agent-store.ts";
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
