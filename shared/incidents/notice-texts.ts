import type { Incident, Severity } from "./incident.ts";
import { TEST_EVENT } from "./notice.ts";

/** What a channel is told: a move of an incident as it stands now, what a hook says, or that somebody tries the channel. */
export interface News {
  readonly noticeId: string;
  readonly event: string;
  readonly at: string;
  readonly tenant: string;
  readonly channelName: string;
  readonly incident?: Incident | undefined;
  /** What was said with the move, or by the hook. */
  readonly text?: string | undefined;
  /** How grave it is what a hook says. */
  readonly severity?: Severity | undefined;
}

const title = ({ event, incident, channelName, text }: News): string =>
  incident === undefined
    ? (text ?? `Channel '${channelName}' works`)
    : `[${incident.severity.toUpperCase()}] ${event.replace("incident.", "")}: ${incident.description}`;

/** Body of a webhook: what Standard Webhooks expects, with the incident whole. */
export const webhookBody = (news: News): object => ({
  type: news.event,
  timestamp: news.at,
  data: {
    notice_id: news.noticeId,
    tenant: news.tenant,
    ...(news.text === undefined ? {} : { text: news.text }),
    ...(news.incident === undefined ? { channel: news.channelName } : { incident: news.incident }),
  },
});

/** In Slack these three mean something; the rest of what people wrote is shown as it is. */
const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** Characters of one text block. */
const SLACK_CHARACTERS = 3000;
const section = (text: string): object => ({ type: "section", text: { type: "mrkdwn", text: text.slice(0, SLACK_CHARACTERS) } });

/** Body of an incoming webhook of Slack. */
export function slackBody(news: News): object {
  const { incident, text, tenant } = news;
  const facts =
    incident === undefined
      ? []
      : [`*Incident* ${incident.incident_id}`, `*Status* ${incident.status}`, `*Components* ${escaped(incident.affected_components.join(", ")) || "–"}`, `*Tenant* ${tenant}`];
  const said = text === undefined || incident === undefined || text === incident.description ? [] : [section(escaped(text))];
  const head = escaped(title(news)).slice(0, SLACK_CHARACTERS);
  return { text: head, blocks: [section(`*${head.slice(0, SLACK_CHARACTERS - 2)}*`), ...said, ...(facts.length === 0 ? [] : [section(facts.join("\n"))])] };
}

const PAGERDUTY_SEVERITY = { critical: "critical", high: "error", medium: "warning", low: "info" } as const;
const PAGERDUTY_ACTION: Readonly<Record<string, "acknowledge" | "resolve">> = { "incident.acknowledged": "acknowledge", "incident.resolved": "resolve" };
const SUMMARY_CHARACTERS = 1024;

/** An event of PagerDuty's Events API v2: all moves of an incident are one alert there. */
export function pagerDutyBody(news: News, routingKey: string): object {
  const { incident, event, tenant, at, noticeId } = news;
  // A test must wake nobody: it is over as it begins.
  const action = event === TEST_EVENT ? "resolve" : (PAGERDUTY_ACTION[event] ?? "trigger");
  return {
    routing_key: routingKey,
    event_action: action,
    dedup_key: incident?.incident_id ?? noticeId,
    payload: {
      summary: title(news).slice(0, SUMMARY_CHARACTERS),
      source: `a2a ${tenant}`,
      severity: PAGERDUTY_SEVERITY[incident?.severity ?? news.severity ?? "low"],
      timestamp: at,
      ...(incident === undefined ? {} : { class: incident.incident_type, component: incident.affected_components.join(", "), custom_details: incident.context ?? {} }),
    },
  };
}
