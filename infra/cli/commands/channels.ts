import { type Command, Option } from "commander";
import { Severity } from "../../../shared/incidents/incident.ts";
import { ChannelDeleted, ChannelList, ChannelView, EscalationRulesView, NoticePage, NoticeView } from "../../../shared/incidents/views/channels.ts";
import { callApi } from "../client/api-client.ts";
import { UserError } from "../failures.ts";
import { parseJson, readText, type Session } from "../session.ts";
import { tableLines } from "../view/table.ts";

interface AddOptions {
  readonly webhook?: string;
  readonly slack?: true;
  readonly pagerduty?: true;
  readonly secret?: string;
  readonly minSeverity?: string;
  readonly group?: readonly string[];
  readonly onlyEscalations?: true;
  readonly quiet?: string;
  readonly timeZone?: string;
}

const PATH = "/api/v1/channels";

const channelPath = (id: string): string => `${PATH}/${encodeURIComponent(id)}`;

/** `channels`: who is told of incidents, and `escalation`: when others are. */
export function addChannelCommands(program: Command, session: Session): void {
  const channels = program
    .command("channels")
    .description("channels that are told of incidents")
    .option("--json", "as JSON")
    .action((options: { json?: true }) => listChannels(session, options));
  addCommand(channels, session);
  channels
    .command("show")
    .description("a channel, and why it was switched off if it was")
    .argument("<id>")
    .action(async (id: string) => session.print(JSON.stringify(await callApi(session.connection(), { path: channelPath(id) }, ChannelView), null, 2)));
  channels
    .command("remove")
    .description("delete a channel")
    .argument("<id>")
    .action(async (id: string) => {
      await callApi(session.connection(), { method: "DELETE", path: channelPath(id) }, ChannelDeleted);
      session.remark(`removed ${id}`);
    });
  channels
    .command("test")
    .description("tell a channel that it is being tried, and say what came of it")
    .argument("<id>")
    .action((id: string) => testChannel(session, id));
  channels
    .command("log")
    .description("what a channel was told in the last 30 days, the newest first")
    .argument("<id>")
    .option("--limit <n>", "how many", "20")
    .action((id: string, { limit }: { limit: string }) => printLog(session, id, limit));
  addEscalationCommands(program, session);
}

function addCommand(channels: Command, session: Session): void {
  channels
    .command("add")
    .description("have incidents told")
    .argument("<name>")
    .option("--webhook <url>", "post them there, by Standard Webhooks")
    .option("--slack", "to Slack; the secret holds the URL of an incoming webhook")
    .option("--pagerduty", "to PagerDuty; the secret holds a routing_key")
    .option("--secret <arn>", "the secret that they are signed by, or sent with")
    .addOption(new Option("--min-severity <name>", "only incidents as bad as this, or worse").choices(Severity.options))
    .option("--group <name...>", "names by which escalation rules reach it: on_call_engineer, operations_manager")
    .option("--only-escalations", "only incidents that escalated to it")
    .option("--quiet <times>", "only what is critical between these times of day: 22:00-07:00")
    .option("--time-zone <name>", "of --quiet (default UTC)")
    .action((name: string, options: AddOptions) => addChannel(session, name, options));
}

async function addChannel(session: Session, name: string, options: AddOptions): Promise<void> {
  const { minSeverity, group, onlyEscalations, quiet, timeZone } = options;
  const [from, to] = quiet?.split("-") ?? [];
  const body = {
    name,
    ...kindOf(options),
    min_severity: minSeverity,
    groups: group,
    only_escalations: onlyEscalations,
    quiet: quiet === undefined ? undefined : { from, to, time_zone: timeZone },
  };
  const channel = await callApi(session.connection(), { method: "POST", path: PATH, body }, ChannelView);
  session.print(channel.channel_id);
  session.remark(`${channel.name}: ${channel.type}; try it: a2a channels test ${channel.channel_id}`);
}

function kindOf({ webhook, slack, pagerduty, secret }: AddOptions): object {
  const given = [
    ...(webhook === undefined ? [] : [{ type: "webhook", url: webhook, secret_arn: secret }]),
    ...(slack === undefined ? [] : [{ type: "slack", secret_arn: secret }]),
    ...(pagerduty === undefined ? [] : [{ type: "pagerduty", secret_arn: secret }]),
  ];
  const [kind] = given;
  if (kind === undefined || given.length > 1) throw new UserError(["a2a: say where incidents are told: one of --webhook, --slack and --pagerduty"]);
  return kind;
}

async function listChannels(session: Session, { json }: { json?: true }): Promise<void> {
  const { channels } = await callApi(session.connection(), { path: PATH }, ChannelList);
  if (json === true) return session.print(JSON.stringify(channels, null, 2));
  const titles = ["CHANNEL", "NAME", "TYPE", "FROM", "GROUPS", "STATE"].map((title) => ({ title }));
  const rows = channels.map((each) => [
    each.channel_id,
    each.name,
    each.type,
    each.min_severity,
    each.groups.join(", "),
    each.enabled ? "on" : `off${each.disabled_reason === undefined ? "" : `: ${each.disabled_reason}`}`,
  ]);
  session.print(...tableLines(titles, rows, session.paint));
}

async function testChannel(session: Session, id: string): Promise<void> {
  const { status, reason } = await callApi(session.connection(), { method: "POST", path: `${channelPath(id)}/test`, body: {} }, NoticeView);
  if (status === "failed") throw new UserError([`a2a: it was not told: ${reason ?? ""}`]);
  session.remark(reason === undefined ? status : `${status}: ${reason}`);
}

async function printLog(session: Session, id: string, limit: string): Promise<void> {
  const { notices } = await callApi(session.connection(), { path: `${channelPath(id)}/notices`, query: { limit } }, NoticePage);
  const titles = ["AT", "INCIDENT", "EVENT", "STATUS", "TRIES", "REASON"].map((title) => ({ title }));
  const rows = notices.map((each) => [each.created_at, each.incident_id, each.event, each.status, String(each.attempts), each.reason ?? ""]);
  session.print(...tableLines(titles, rows, session.paint));
}

function addEscalationCommands(program: Command, session: Session): void {
  const escalation = program
    .command("escalation")
    .description("rules by which incidents escalate that nobody takes")
    .action(async () => session.print(JSON.stringify(await callApi(session.connection(), { path: "/api/v1/escalation-rules" }, EscalationRulesView), null, 2)));
  escalation
    .command("set")
    .description("say by which rules they escalate")
    .argument("<file>", 'JSON: {"rules": [{"condition": "severity >= critical", "escalate_after": "5m", "notify": ["on_call_engineer"]}]}; - for standard input')
    .action(async (file: string) => {
      const body = parseJson(readText(session, file), file);
      const { rules } = await callApi(session.connection(), { method: "PUT", path: "/api/v1/escalation-rules", body }, EscalationRulesView);
      session.remark(`${rules.length} rules`);
    });
}
