import type { Table } from "../../aws/query.ts";
import type { Channel } from "../channel.ts";
import { isAtLeast, type Severity } from "../incident.ts";
import type { NoticeOrder } from "../messages.ts";
import { HOOK_EVENT, newNotice } from "../notice.ts";
import { listChannels, saveNotice } from "../store/channel-store.ts";

/** What channels are told that is no incident. */
export interface Word {
  readonly tenant: string;
  /** Told again under the same name it is told once. */
  readonly id: string;
  readonly text: string;
  readonly severity: Severity;
  /** Name, id or group of a channel. @default - those that hear of such a severity */
  readonly channel?: string | undefined;
  readonly at: string;
}

/** Tells channels something, each in its own way and time. @returns those that are told. */
export async function tellChannels(
  { control, notify }: { control: Table; notify: (orders: readonly NoticeOrder[]) => Promise<void> },
  word: Word,
): Promise<readonly Channel[]> {
  const { tenant, id: incident, text: said, severity, at } = word;
  const channels = (await listChannels(control, tenant)).filter((channel) => hears(channel, word));
  const orders = channels.map(({ channel_id: channel }): NoticeOrder => ({ kind: "notice", tenant, incident, revision: 1, channel }));
  for (const order of orders) await saveNotice(control, tenant, newNotice(order, { event: HOOK_EVENT, at, said, severity }));
  if (orders.length > 0) await notify(orders);
  return channels;
}

/** A channel that is named hears everything; the others hear what is grave enough, unless they are for some incidents only. */
function hears(channel: Channel, { channel: named, severity }: Word): boolean {
  if (!channel.enabled) return false;
  if (named !== undefined) return channel.name === named || channel.channel_id === named || channel.groups.includes(named);
  return channel.incident_types === undefined && !channel.only_escalations && isAtLeast(severity, channel.min_severity);
}
