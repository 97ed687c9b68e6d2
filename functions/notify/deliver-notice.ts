import { type Channel, quietUntil } from "../../shared/incidents/channel.ts";
import { postNotice } from "../../shared/incidents/channels/post-notice.ts";
import type { Incident } from "../../shared/incidents/incident.ts";
import { CHANNEL_LIMITS } from "../../shared/incidents/limits.ts";
import type { NoticeOrder } from "../../shared/incidents/messages.ts";
import { claimed, isOver, isOvertaken, type Notice, setAside, TEST_EVENT, tried } from "../../shared/incidents/notice.ts";
import { countNotice, findChannel, findNotice, saveChannel, saveNotice } from "../../shared/incidents/store/channel-store.ts";
import { findEntry, findIncident } from "../../shared/incidents/store/incident-store.ts";
import type { NotifyDeps } from "./notify.ts";

/** All that a try needs to know. */
interface Turn {
  readonly order: NoticeOrder;
  readonly notice: Notice;
  readonly channel: Channel;
  /** Absent: somebody tries the channel, or a hook has something to say. */
  readonly incident: Incident | undefined;
}

/**
 * Tells one channel of one move, unless it heard already, is to be left alone for now, or the move is over. The notice is
 * written before and after each try, so of two invocations one tries, and one that died is followed up.
 */
export async function deliverNotice(deps: NotifyDeps, order: NoticeOrder): Promise<void> {
  const { tenant } = order;
  const notice = await findNotice(deps.control, tenant, order);
  if (notice === undefined || isOver(notice)) return;
  const now = deps.now().getTime();
  const wait = Math.max(...[notice.not_before, notice.leased_until].map((time) => (time === undefined ? 0 : Date.parse(time) - now)));
  if (wait > 0) return deps.later(order, wait / 1000);
  const [channel, incident] = await Promise.all([findChannel(deps.control, tenant, order.channel), findIncident(deps.control, tenant, order.incident)]);
  const isOff = channel === undefined || (!channel.enabled && notice.event !== TEST_EVENT);
  if (isOff) return end(deps, { order, notice }, { status: "dropped", reason: channel?.disabled_reason ?? "the channel is gone or off" });
  if (incident !== undefined && isOvertaken(notice.event, incident.status)) {
    return end(deps, { order, notice }, { status: "overtaken", reason: `the incident is ${incident.status} already` });
  }
  const turn = { order, notice, channel, incident };
  const rest = await restOf(deps, turn, now);
  return rest === undefined ? tryOnce(deps, turn) : putOff(deps, turn, rest);
}

async function end(deps: NotifyDeps, { order, notice }: Pick<Turn, "order" | "notice">, change: { status: "dropped" | "overtaken"; reason: string }): Promise<void> {
  await saveNotice(deps.control, order.tenant, setAside(notice, { ...change, at: deps.now().toISOString() }));
}

/** Until when a channel is to be left alone, and why. What is critical waits for nothing. */
async function restOf({ control }: NotifyDeps, { order, notice, channel, incident }: Turn, now: number): Promise<{ until: number; reason: string } | undefined> {
  const { severity } = incident ?? notice;
  if (severity === undefined || severity === "critical") return undefined;
  const { quiet } = channel;
  const end = quiet === undefined ? undefined : quietUntil(quiet, now);
  if (quiet !== undefined && end !== undefined) return { until: end, reason: `quiet until ${quiet.to}` };
  const sent = await countNotice(control, order.tenant, { channel: order.channel, now });
  if (sent <= CHANNEL_LIMITS.perMinute) return undefined;
  return { until: (Math.floor(now / 60_000) + 1) * 60_000, reason: `more than ${CHANNEL_LIMITS.perMinute} notices within a minute` };
}

async function putOff(deps: NotifyDeps, { order, notice }: Turn, { until, reason }: { until: number; reason: string }): Promise<void> {
  const now = deps.now();
  const next = setAside(notice, { status: "waiting", reason, until, at: now.toISOString() });
  if ((await saveNotice(deps.control, order.tenant, next)) === "written") await deps.later(order, (until - now.getTime()) / 1000);
}

async function tryOnce(deps: NotifyDeps, { order, notice, channel, incident }: Turn): Promise<void> {
  const { tenant } = order;
  const mine = claimed(notice, deps.now().toISOString());
  if ((await saveNotice(deps.control, tenant, mine)) === "stale") return;
  const text = incident === undefined ? notice.said : (await findEntry(deps.control, tenant, order))?.text;
  const { notice_id: noticeId, event, created_at: createdAt, severity } = notice;
  const news = { noticeId, event, at: createdAt, tenant, channelName: channel.name, incident, text, severity };
  const outcome = await postNotice(deps, channel, news);
  const at = deps.now().toISOString();
  const next = tried(mine, outcome, at);
  await saveNotice(deps.control, tenant, next);
  if (next.not_before !== undefined) return deps.later(order, (Date.parse(next.not_before) - Date.parse(at)) / 1000);
  if (outcome.kind === "refused" && outcome.isGone === true) {
    await saveChannel(deps.control, tenant, { ...channel, enabled: false, disabled_reason: outcome.reason, updated_at: at, updated_by: "notify" });
  }
}
