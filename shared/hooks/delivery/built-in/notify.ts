import { isAtLeast } from "../../../incidents/incident.ts";
import type { Channel } from "../../../incidents/channel.ts";
import type { NoticeOrder } from "../../../incidents/messages.ts";
import { HOOK_EVENT, newNotice } from "../../../incidents/notice.ts";
import { listChannels, saveNotice } from "../../../incidents/store/channel-store.ts";
import { type BuiltInArgs, BUILT_INS } from "../../built-in/built-ins.ts";
import { fillIn } from "../../fill-in.ts";
import { factOf, type HookEvent } from "../../hook-event.ts";
import { failedTry } from "../delivery.ts";
import { type BuiltIn, done } from "./built-in.ts";

/** Tells the channels that incidents are told by, each in its own way and time. The run's name makes it once. */
export const notifyChannels: BuiltIn = async (deps, { event, hook, run }, args) => {
  const wish = BUILT_INS.notify.args.parse(args);
  const { tenant } = event;
  const channels = (await listChannels(deps.control, tenant)).filter((channel) => hears(channel, wish));
  if (channels.length === 0) return failedTry("NobodyToTell", nobody(wish), false);
  const said = wish.text === undefined ? usualText(hook.name, event) : fillIn(wish.text, event);
  const at = deps.now().toISOString();
  const orders = channels.map(({ channel_id: channel }): NoticeOrder => ({ kind: "notice", tenant, incident: run.run_id, revision: 1, channel }));
  for (const order of orders) await saveNotice(deps.control, tenant, newNotice(order, { event: HOOK_EVENT, at, said, severity: wish.severity }));
  await deps.notify(orders);
  return done({ channels: channels.map(({ name }) => name) });
};

/** A channel that is named hears everything; the others hear what is grave enough, unless they are for some incidents only. */
function hears(channel: Channel, { channel: named, severity }: BuiltInArgs<"notify">): boolean {
  if (!channel.enabled) return false;
  if (named !== undefined) return channel.name === named || channel.channel_id === named || channel.groups.includes(named);
  return channel.incident_types === undefined && !channel.only_escalations && isAtLeast(severity, channel.min_severity);
}

const nobody = ({ channel, severity }: BuiltInArgs<"notify">): string =>
  channel === undefined ? `no channel hears of severity '${severity}'; add one: a2a channels add` : `there is no channel or group '${channel}' that is on`;

function usualText(name: string, event: HookEvent): string {
  const about = [event.workflow_id, event.execution_id, factOf(event, "task_id"), factOf(event, "new_status") ?? factOf(event, "status")];
  return `${name}: ${[event.type, ...about.filter((part) => part !== undefined)].join(" ")}`;
}
