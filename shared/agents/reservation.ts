import * as z from "zod";
import { AGENT_LIMITS } from "./limits.ts";
import { ExecutionId } from "../core/ids.ts";

/** `POST /api/v1/agents/{id}/reserve` (spec 000, registry integration). */
export const ReservationRequest = z.strictObject({
  duration_minutes: z
    .number()
    .positive()
    .max(AGENT_LIMITS.reservationMaxMinutes)
    .default(AGENT_LIMITS.reservationMinutes),
  /** Tasks at once that are kept free. */
  slots: z.int().positive().max(100_000).default(1),
  /** Whose tasks may use them; absent: nobody's, they are kept for calls that go past this orchestrator. */
  execution_id: ExecutionId.optional(),
  /** Kept with the reservation; agents share no machines of ours, so slots are what is counted. */
  resource_requirements: z.record(z.string().max(64), z.union([z.string().max(64), z.number()])).optional(),
});
export type ReservationRequest = z.infer<typeof ReservationRequest>;

/** A promise of capacity. */
export const Reservation = z.object({
  reservation_id: z.string(),
  slots: z.int().positive(),
  holder: z.string(),
  execution_id: z.string().optional(),
  resource_requirements: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
});
export type Reservation = z.infer<typeof Reservation>;
