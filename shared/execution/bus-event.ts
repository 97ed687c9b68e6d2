import * as z from "zod";

/** An event of the bus, as waits, triggers and look-backs see it. */
export const BusEvent = z.object({
  id: z.string().min(1).max(256),
  source: z.string().min(1).max(256),
  detailType: z.string().min(1).max(256),
  detail: z.record(z.string(), z.unknown()),
  time: z.iso.datetime(),
});
export type BusEvent = z.infer<typeof BusEvent>;

/** The event in EventBridge's own words, as patterns speak of it. */
export const toEnvelope = ({ id, source, detailType, detail, time }: BusEvent) => ({
  id,
  source,
  "detail-type": detailType,
  detail,
  time,
});
