import type { Table } from "../../shared/aws/query.ts";
import { present } from "../../shared/core/present.ts";
import { mapConcurrent } from "../../shared/core/map-concurrent.ts";
import type { HookEvent } from "../../shared/hooks/hook-event.ts";
import { hears } from "../../shared/incidents/channel.ts";
import type { PostDeps } from "../../shared/incidents/channels/post-notice.ts";
import { incidentEvent } from "../../shared/incidents/incident-event.ts";
import type { IncidentEntry } from "../../shared/incidents/incident-moves.ts";
import type { NoticeOrder, NotificationOrder, TellOrder } from "../../shared/incidents/messages.ts";
import { newNotice } from "../../shared/incidents/notice.ts";
import { listChannels, saveNotice } from "../../shared/incidents/store/channel-store.ts";
import { findEntry, loadIncident } from "../../shared/incidents/store/incident-store.ts";
import { findUntold, markTold } from "../../shared/incidents/store/watch-store.ts";

/** What telling of incidents stands on. */
export interface NotifyDeps extends PostDeps {
  readonly control: Table;
  /** Puts an event on the bus, and has the hooks run that it matches. */
  readonly publish: (event: HookEvent) => Promise<void>;
  readonly send: (orders: readonly NotificationOrder[]) => Promise<void>;
  readonly later: (order: NotificationOrder, seconds: number) => Promise<void>;
}

const CHANNELS_AT_ONCE = 8;

/** Tells bus, hooks and channels of a move. The mark that it is untold goes last: whoever dies before is followed up. */
export async function spread(deps: NotifyDeps, { tenant, incident: id, revision }: TellOrder): Promise<void> {
  const place = { incident: id, revision };
  const untold = await findUntold(deps.control, tenant, place);
  if (untold === undefined) return;
  const incident = await loadIncident(deps.control, tenant, id);
  const entry = present(await findEntry(deps.control, tenant, place));
  await deps.publish(incidentEvent(untold.event, { tenant, incident, entry }));
  if (!untold.isQuiet) {
    const channels = await listChannels(deps.control, tenant);
    const told = channels.filter((channel) => hears(channel, { event: untold.event, incident, channels }));
    const orders = await mapConcurrent(told, CHANNELS_AT_ONCE, ({ channel_id: channel }) => noteDown(deps, { kind: "notice", tenant, ...place, channel }, { event: untold.event, entry }));
    await deps.send(orders);
  }
  await markTold(deps.control, tenant, place);
}

async function noteDown({ control }: NotifyDeps, order: NoticeOrder, { event, entry }: { event: string; entry: IncidentEntry }): Promise<NoticeOrder> {
  await saveNotice(control, order.tenant, newNotice(order, { event, at: entry.at }));
  return order;
}
