import * as z from "zod";
import { TenantId } from "../core/ids.ts";

/** "This move of an incident is to be told." May come twice: what was told already is not told again. */
export const TellOrder = z.object({ kind: z.literal("tell"), tenant: TenantId, incident: z.string(), revision: z.int().positive() });
export type TellOrder = z.output<typeof TellOrder>;

/** "Tell this channel of it." Each channel has a message of its own, so that none waits for another. */
export const NoticeOrder = z.object({ kind: z.literal("notice"), tenant: TenantId, incident: z.string(), revision: z.int().positive(), channel: z.string() });
export type NoticeOrder = z.output<typeof NoticeOrder>;

/** What travels through the queue `notifications`. */
export const NotificationOrder = z.discriminatedUnion("kind", [TellOrder, NoticeOrder]);
export type NotificationOrder = z.output<typeof NotificationOrder>;
