import * as z from "zod";

/** `GET /health`: the function runs. */
export const ServiceHealth = z
  .object({ status: z.literal("healthy"), timestamp: z.iso.datetime() })
  .meta({ id: "ServiceHealth" });

/** `GET /ready` and `/startup`: the stores answer. */
export const ServiceReadiness = z.object({ status: z.literal("ready") }).meta({ id: "ServiceReadiness" });
