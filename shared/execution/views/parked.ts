import * as z from "zod";
import { NextCursor } from "../../core/next-cursor.ts";

/** What many tasks may wait for at once, besides people. */
export const ParkedReason = z.enum(["paused", "hold", "event"]);
export type ParkedReason = z.infer<typeof ParkedReason>;

/** A task in the parking lot. */
const ParkedTaskView = z
  .object({
    execution_id: z.string(),
    task_id: z.string(),
    workflow_id: z.string().optional(),
    reason: ParkedReason,
    parked_since: z.iso.datetime(),
  })
  .meta({ id: "ParkedTask" });
/** As the API prints it. */
export type ParkedTaskView = z.infer<typeof ParkedTaskView>;

/** A page of what is parked for one reason, oldest first. */
export const ParkedPage = z.object({ tasks: z.array(ParkedTaskView), next_cursor: NextCursor }).meta({ id: "ParkedPage" });
