import * as z from "zod";
import type { Json } from "../json.ts";

/** One entry of `PutEvents`. */
export const PutEventsEntry = z.object({
  Source: z.string().min(1),
  DetailType: z.string().min(1),
  Detail: z.string(),
  EventBusName: z.string().default("default"),
  Time: z.union([z.number(), z.string()]).optional(),
  Resources: z.array(z.string()).default([]),
  TraceHeader: z.string().optional(),
});
export type PutEventsEntry = z.infer<typeof PutEventsEntry>;

/** An event in its envelope, as rules see it. */
export interface BusEvent {
  readonly [field: string]: Json;
  readonly version: "0";
  readonly id: string;
  readonly "detail-type": string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Json;
}
