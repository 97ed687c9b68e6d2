import * as z from "zod";
import { NextCursor } from "../../core/next-cursor.ts";
import { Channel } from "../channel.ts";
import { EscalationRule } from "../escalation.ts";
import { Notice } from "../notice.ts";

/** A channel as it is stored; secrets are named, never shown. */
export const ChannelView = Channel.meta({ id: "Channel" });
export type ChannelView = z.output<typeof ChannelView>;

/** A tenant's channels. */
export const ChannelList = z.object({ channels: z.array(ChannelView) }).meta({ id: "ChannelList" });

/** The reply to a deletion. */
export const ChannelDeleted = z.object({ channel_id: z.string(), status: z.literal("deleted") }).meta({ id: "ChannelDeleted" });

/** What a channel was told of one move of an incident. */
export const NoticeView = Notice.meta({ id: "Notice" });
export type NoticeView = z.output<typeof NoticeView>;

/** What a channel was told, the newest first. */
export const NoticePage = z.object({ notices: z.array(NoticeView), next_cursor: NextCursor }).meta({ id: "NoticePage" });

/** The rules by which incidents escalate that nobody takes. */
export const EscalationRulesView = z.object({ rules: z.array(EscalationRule), auto_response_enabled: z.boolean() }).meta({ id: "EscalationRules" });
