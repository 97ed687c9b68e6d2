import * as z from "zod";
import { InvalidRequestError } from "../core/errors.ts";
import { type Incident, IncidentType, isAtLeast, Severity } from "./incident.ts";
import { CHANNEL_LIMITS } from "./limits.ts";

/** Where PagerDuty takes events, unless a channel says otherwise. */
const PAGERDUTY_URL = "https://events.pagerduty.com/v2/enqueue";

const Url = z.url({ protocol: /^https?$/ }).max(2048);
const SecretArn = z.string().max(512);

const ClockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: "write a time of day such as 22:00" });

/** Times of day in which only what is critical is told; the rest waits for their end. */
export const QuietTime = z.strictObject({
  from: ClockTime,
  to: ClockTime,
  time_zone: z.string().max(64).default("UTC").refine(isTimeZone, { error: "is no time zone: write a name such as Europe/Berlin" }),
});
export type QuietTime = z.output<typeof QuietTime>;

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

/** What callers say of every channel. */
const common = {
  name: z.string().min(1).max(CHANNEL_LIMITS.nameCharacters).regex(/^[^\p{C}]+$/u, { error: "must hold no control characters" }),
  min_severity: Severity.default("low"),
  /** Only incidents of these types. @default - all */
  incident_types: z.array(IncidentType).min(1).optional(),
  /** Names by which escalation rules reach it: on_call_engineer, operations_manager. */
  groups: z.array(z.string().min(1).max(CHANNEL_LIMITS.nameCharacters)).max(CHANNEL_LIMITS.groups).default([]),
  /** It hears of incidents from their escalation on. */
  only_escalations: z.boolean().default(false),
  quiet: QuietTime.optional(),
  enabled: z.boolean().default(true),
};

/** What a caller may ask to be told by. */
export const ChannelBody = z.discriminatedUnion("type", [
  z.strictObject({ ...common, type: z.literal("webhook"), url: Url, /** Holds `{"signing_secret": "whsec_…"}`. */ secret_arn: SecretArn.optional() }),
  /** Its secret holds `{"url": "https://hooks.slack.com/…"}`: whoever knows it may post. */
  z.strictObject({ ...common, type: z.literal("slack"), secret_arn: SecretArn }),
  /** Its secret holds `{"routing_key": "…"}`, of an integration "Events API v2". */
  z.strictObject({ ...common, type: z.literal("pagerduty"), url: Url.default(PAGERDUTY_URL), secret_arn: SecretArn }),
  z.strictObject({ ...common, type: z.literal("email"), recipients: z.array(z.string().max(320)).max(50).optional() }),
  z.strictObject({ ...common, type: z.literal("sns"), topic_arn: z.string().max(512).optional() }),
]);
export type ChannelBody = z.output<typeof ChannelBody>;

/** A way to tell people, or their tools, of incidents. */
export const Channel = z.object({
  channel_id: z.string(),
  ...common,
  type: z.enum(["webhook", "slack", "pagerduty"]),
  url: z.string().optional(),
  secret_arn: z.string().optional(),
  /** Why it was switched off by us. */
  disabled_reason: z.string().optional(),
  created_at: z.iso.datetime(),
  created_by: z.string(),
  updated_at: z.iso.datetime(),
  updated_by: z.string(),
});
export type Channel = z.output<typeof Channel>;

/** What a deployment lets channels do. */
export interface ChannelGround {
  readonly tenant: string;
  /** Says why a URL must not be posted to; nothing when it may. */
  readonly refuseUrl: (url: string) => string | undefined;
}

const refuse = (field: string, message: string): InvalidRequestError => new InvalidRequestError([{ field: `body.${field}`, message }]);

/** Whether a secret is a tenant's own for channels: tenants name secrets themselves, and must not reach another's. */
export const isChannelSecretOf = (tenant: string, arn: string): boolean => arn.split(":")[6]?.startsWith(`a2a/channels/${tenant}/`) ?? false;

/**
 * Makes a channel of what a caller says.
 *
 * @throws {InvalidRequestError} the deployment cannot tell anybody in this way.
 */
export function channelOf(
  body: ChannelBody,
  stamp: Pick<Channel, "channel_id" | "created_at" | "created_by" | "updated_at" | "updated_by">,
  { tenant, refuseUrl }: ChannelGround,
): Channel {
  if (body.type === "email" || body.type === "sns") {
    throw refuse("type", `'${body.type}' is not offered: this deployment sends no mail and publishes to no topic; point a webhook at a service that does`);
  }
  const { secret_arn: arn } = body;
  if (arn !== undefined && !isChannelSecretOf(tenant, arn)) throw refuse("secret_arn", `must be the ARN of a secret named a2a/channels/${tenant}/…`);
  const flaw = body.type === "slack" ? undefined : refuseUrl(body.url);
  if (flaw !== undefined) throw refuse("url", flaw);
  return { ...body, ...stamp };
}

/** Whether a channel is to hear of a move. Of an escalation those hear that are named; where none is, all that heard before. */
export function hears(
  channel: Channel,
  { event, incident, channels }: { readonly event: string; readonly incident: Incident; readonly channels: readonly Channel[] },
): boolean {
  if (!channel.enabled || !isAtLeast(incident.severity, channel.min_severity)) return false;
  if (channel.incident_types !== undefined && !channel.incident_types.includes(incident.incident_type)) return false;
  if (!TOLD.has(event)) return false;
  const { level, notify = [] } = incident.escalation;
  const isNamed = ({ channel_id: id, groups }: Channel): boolean => notify.includes(id) || groups.some((group) => notify.includes(group));
  if (event === "incident.escalated") return channels.some((each) => each.enabled && isNamed(each)) ? isNamed(channel) : !channel.only_escalations;
  return !channel.only_escalations || (level > 0 && isNamed(channel));
}

/** Moves that channels hear of. */
const TOLD: ReadonlySet<string> = new Set([
  "incident.opened",
  "incident.reopened",
  "incident.acknowledged",
  "incident.escalated",
  "incident.resolved",
]);

const MINUTES_A_DAY = 1440;

const minutesOf = (time: string): number => {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * 60 + minutes;
};

/** When a quiet time ends that a moment lies in; nothing outside of it. Milliseconds since 1970. */
export function quietUntil({ from, to, time_zone: timeZone }: QuietTime, now: number): number | undefined {
  const local = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(now);
  const since = (minutesOf(local) - minutesOf(from) + MINUTES_A_DAY) % MINUTES_A_DAY;
  const length = (minutesOf(to) - minutesOf(from) + MINUTES_A_DAY) % MINUTES_A_DAY;
  return since < length ? Math.floor(now / 60_000) * 60_000 + (length - since) * 60_000 : undefined;
}
