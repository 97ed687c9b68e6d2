import { tellChannels } from "../../../incidents/control/tell-channels.ts";
import { type BuiltInArgs, BUILT_INS } from "../../built-in/built-ins.ts";
import { fillIn } from "../../fill-in.ts";
import { factOf, type HookEvent } from "../../hook-event.ts";
import { failedTry } from "../delivery.ts";
import { type BuiltIn, done } from "./built-in.ts";

/** Tells the channels that incidents are told by, each in its own way and time. The run's name makes it once. */
export const notifyChannels: BuiltIn = async (deps, { event, hook, run }, args) => {
  const wish = BUILT_INS.notify.args.parse(args);
  const text = wish.text === undefined ? usualText(hook.name, event) : fillIn(wish.text, event);
  const { severity, channel } = wish;
  const told = await tellChannels(deps, { tenant: event.tenant, id: run.run_id, text, severity, channel, at: deps.now().toISOString() });
  if (told.length === 0) return failedTry("NobodyToTell", nobody(wish), false);
  return done({ channels: told.map(({ name }) => name) });
};

const nobody = ({ channel, severity }: BuiltInArgs<"notify">): string =>
  channel === undefined ? `no channel hears of severity '${severity}'; add one: a2a channels add` : `there is no channel or group '${channel}' that is on`;

function usualText(name: string, event: HookEvent): string {
  const about = [event.workflow_id, event.execution_id, factOf(event, "task_id"), factOf(event, "new_status") ?? factOf(event, "status")];
  return `${name}: ${[event.type, ...about.filter((part) => part !== undefined)].join(" ")}`;
}
