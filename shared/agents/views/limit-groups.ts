import * as z from "zod";
import { LimitGroup } from "../limit-group.ts";

/** A limit group, and what is used of it now. */
export const LimitGroupView = z
  .object({
    ...LimitGroup.shape,
    /** Sends of the last minute that are counted; some of them may be permits not used yet. */
    requests_used: z.int(),
    tokens_used: z.number(),
    /** Attempts at work; counted only where `concurrency` is limited. */
    at_work: z.int(),
    /** Its provider asked to slow down: nothing is sent before. */
    held_until: z.iso.datetime().optional(),
  })
  .meta({ id: "LimitGroup" });
export type LimitGroupView = z.infer<typeof LimitGroupView>;

/** Every limit group of a tenant, by name. */
export const LimitGroupList = z.object({ limit_groups: z.array(LimitGroupView) }).meta({ id: "LimitGroupList" });
