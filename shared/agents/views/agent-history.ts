import * as z from "zod";
import { AgentEventHead, type StoredAgentEvent } from "../agent-events.ts";

/** An event about an agent: its head, and the facts that its type declares. */
export const AgentEventView = z
  .looseObject({ event_type: z.string(), ...AgentEventHead.shape })
  .meta({ id: "AgentEvent" });
export type AgentEventView = z.infer<typeof AgentEventView>;

/** What happened to an agent, newest first. */
export const AgentHistory = z.object({ events: z.array(AgentEventView) }).meta({ id: "AgentHistory" });

/** An event as the API prints it. */
export const viewAgentEvent = ({ type, facts, ...head }: StoredAgentEvent): AgentEventView => ({
  event_type: type,
  ...head,
  ...facts,
});
