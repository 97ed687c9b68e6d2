import type { Key } from "../../aws/key.ts";

/** Everything about one incident: itself, its timeline, and what channels were told of it. */
export const incidentPartition = (tenant: string, id: string): string => `T#${tenant}#INC#${id}`;

/** An incident itself. */
export const incidentKey = (tenant: string, id: string): Key => ({ pk: incidentPartition(tenant, id), sk: "INCIDENT" });

/** Incidents that are not over, or that are, as partition of the control index. */
export const incidentsOf = (tenant: string, which: "open" | "closed"): string => `T#${tenant}#INCIDENTS#${which}`;

/** Numbers that sort as texts. */
const ordered = (number: number): string => String(number).padStart(6, "0");

/** What the sort keys of a timeline begin with. */
export const ENTRY_PREFIX = "NOTE#";

/** One move of an incident. */
export const entryKey = (tenant: string, id: string, revision: number): Key => ({ pk: incidentPartition(tenant, id), sk: `${ENTRY_PREFIX}${ordered(revision)}` });

/** What the sort keys of notices begin with. */
export const NOTICE_PREFIX = "SENT#";

/** What one channel is told of one move. */
export const noticeKey = (tenant: string, { incident, revision, channel }: { incident: string; revision: number; channel: string }): Key => ({
  pk: incidentPartition(tenant, incident),
  sk: `${NOTICE_PREFIX}${ordered(revision)}#${channel}`,
});

/** What a pass of the detector needs to know of a tenant: one query reads all of it. */
export const watchPartition = (tenant: string): string => `T#${tenant}#INCIDENTS`;

/** What passes remember. */
export const memoryKey = (tenant: string): Key => ({ pk: watchPartition(tenant), sk: "MEMORY" });

/** What the sort keys of current trouble begin with. */
export const TROUBLE_PREFIX = "OPEN#";

/** The incident of a fingerprint, while it is open and for a while after. */
export const troubleKey = (tenant: string, fingerprint: string): Key => ({ pk: watchPartition(tenant), sk: `${TROUBLE_PREFIX}${fingerprint}` });

/** What the sort keys of moves that are yet to be told begin with. */
export const UNTOLD_PREFIX = "TELL#";

/** A move that is yet to be told. */
export const untoldKey = (tenant: string, id: string, revision: number): Key => ({ pk: watchPartition(tenant), sk: `${UNTOLD_PREFIX}${id}#${ordered(revision)}` });

/** Every channel of a tenant, and the rules by which incidents escalate. */
export const channelsPartition = (tenant: string): string => `T#${tenant}#CHANNELS`;

/** What the sort keys of channels begin with. */
export const CHANNEL_PREFIX = "CHANNEL#";

/** One channel. */
export const channelKey = (tenant: string, id: string): Key => ({ pk: channelsPartition(tenant), sk: `${CHANNEL_PREFIX}${id}` });

/** The rules by which a tenant's incidents escalate. */
export const escalationKey = (tenant: string): Key => ({ pk: channelsPartition(tenant), sk: "ESCALATION" });

/** How many notices a channel was given within a minute. */
export const rateKey = (tenant: string, channel: string, minute: string): Key => ({ pk: channelsPartition(tenant), sk: `RATE#${channel}#${minute}` });

/** Notices to one channel, as partition of the control index. */
export const noticesOfChannel = (tenant: string, channel: string): string => `T#${tenant}#CHANNEL#${channel}`;
