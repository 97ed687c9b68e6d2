import * as z from "zod";

/** A heartbeat that counted. */
export const HeartbeatTaken = z
  .object({ agent_id: z.string(), last_heartbeat_at: z.iso.datetime() })
  .meta({ id: "HeartbeatTaken" });

/** Heartbeats of many agents; those of agents that are unknown or decommissioned did not count. */
export const HeartbeatsTaken = z
  .object({ accepted: z.int(), unknown_agents: z.array(z.string()), received_at: z.iso.datetime() })
  .meta({ id: "HeartbeatsTaken" });
