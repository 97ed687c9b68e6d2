import * as z from "zod";
import { StoredEvent } from "../new-event.ts";

/** Events of one execution on their way to those who listen, in their order. */
export const LiveBatch = z.object({
  tenant: z.string(),
  execution_id: z.string(),
  workflow_id: z.string(),
  events: z.array(StoredEvent),
});
export type LiveBatch = z.infer<typeof LiveBatch>;
