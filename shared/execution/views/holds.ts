import * as z from "zod";
import type { Hold } from "../control.ts";

/** A hold: what it covers, who put it there, why and since when. */
export const HoldView = z
  .object({
    scope: z.enum(["global", "tenant", "workflow"]),
    workflow_id: z.string().optional(),
    held_by: z.string(),
    reason: z.string().optional(),
    held_since: z.iso.datetime(),
  })
  .meta({ id: "Hold" });
export type HoldView = z.infer<typeof HoldView>;

/** What is held back. */
export const HoldList = z.object({ holds: z.array(HoldView) }).meta({ id: "HoldList" });

/** Whether there was such a hold, and how many tasks go on at once. */
export const HoldReleased = z.object({ was_held: z.boolean(), released_tasks: z.int() }).meta({ id: "HoldReleased" });

/** A hold as the API prints it. */
export const viewHold = ({ scope, workflow, by, reason, at }: Hold): HoldView => ({
  scope,
  ...(workflow === undefined ? {} : { workflow_id: workflow }),
  held_by: by,
  ...(reason === undefined ? {} : { reason }),
  held_since: at,
});
