import * as z from "zod";
import { Reservation } from "../reservation.ts";

/** Capacity that is kept free from now on. */
export const ReservationMade = Reservation.extend({ agent_id: z.string(), status: z.literal("reserved") }).meta({
  id: "ReservationMade",
});

/** Reservations of an agent that hold now. */
export const ReservationList = z
  .object({ reservations: z.array(Reservation.meta({ id: "Reservation" })) })
  .meta({ id: "ReservationList" });
