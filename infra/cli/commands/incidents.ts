import { Argument, type Command, Option } from "commander";
import { IncidentStatus, IncidentType, Severity } from "../../../shared/incidents/incident.ts";
import { IncidentDetail, IncidentPage, IncidentView, ResponseView } from "../../../shared/incidents/views/incidents.ts";
import { callApi } from "../client/api-client.ts";
import { parseJson, readText, type Session } from "../session.ts";
import { tableLines } from "../view/table.ts";

interface ListOptions {
  readonly status?: string;
  readonly severity?: string;
  readonly type?: string;
  readonly limit: string;
  readonly json?: true;
}

const PATH = "/api/v1/incidents";

/** Where an incident is. */
export const incidentPath = (id: string): string => `${PATH}/${encodeURIComponent(id)}`;

/** `incidents`: what is wrong, and what people do about it. */
export function addIncidentCommands(program: Command, session: Session): void {
  const incidents = program
    .command("incidents")
    .description("incidents that are not resolved, the latest first")
    .addOption(new Option("--status <name>", "only those that stand so").choices(["active", ...IncidentStatus.options]))
    .addOption(new Option("--severity <name>", "only those as bad as this").choices(Severity.options))
    .addOption(new Option("--type <name>", "only this kind of trouble").choices(IncidentType.options))
    .option("--limit <n>", "how many", "50")
    .option("--json", "as JSON")
    .action((options: ListOptions) => listIncidents(session, options));
  incidents
    .command("show")
    .description("an incident, its timeline, who was told, and what to do")
    .argument("<id>")
    .option("--json", "as JSON")
    // What the list takes as well is the list's, wherever it stands.
    .action((id: string, _: object, command: Command) => showIncident(session, id, command.optsWithGlobals()));
  incidents
    .command("create")
    .description("put an incident on record")
    .argument("<description>", "what is wrong; with --file, the file's words count")
    .addOption(new Option("--type <name>", "what kind of trouble").choices(IncidentType.options).default("performance_degradation"))
    .addOption(new Option("--severity <name>", "how bad").choices(Severity.options).default("medium"))
    .option("--component <name...>", "what is affected")
    .option("--key <key>", "Idempotency-Key: the same key is the same incident")
    .option("--file <file>", "an incident as JSON, as the API takes it; - for standard input")
    .action((description: string, _: object, command: Command) => createIncident(session, description, command.optsWithGlobals()));
  addActs(incidents, session);
  addResponses(incidents, session);
}

interface CreateOptions {
  readonly type: string;
  readonly severity: string;
  readonly component?: readonly string[];
  readonly key?: string;
  readonly file?: string;
}

async function createIncident(session: Session, description: string, { type, severity, component, key, file }: CreateOptions): Promise<void> {
  const said = { incident_type: type, severity, description, affected_components: component };
  const body = file === undefined ? said : parseJson(readText(session, file), file);
  const keyed = key === undefined ? {} : { headers: { "idempotency-key": key } };
  const incident = await callApi(session.connection(), { method: "POST", path: PATH, body, ...keyed }, IncidentView);
  session.print(incident.incident_id);
  session.remark(`${incident.status}; a2a incidents show ${incident.incident_id}`);
}

function addActs(incidents: Command, session: Session): void {
  incidents
    .command("ack")
    .description("say that somebody takes care of it: it escalates no more")
    .argument("<id>")
    .option("--note <text>", "what they are about to do")
    .action((id: string, { note }: { note?: string }) => act(session, id, { path: "acknowledge", body: { note } }));
  incidents
    .command("note")
    .description("add a line to its timeline")
    .argument("<id>")
    .argument("<text>")
    .action((id: string, text: string) => act(session, id, { path: "notes", body: { text } }));
  incidents
    .command("resolve")
    .description("say that it is over, and how")
    .argument("<id>")
    .argument("<resolution>")
    .action((id: string, resolution: string) => act(session, id, { path: "resolve", body: { resolution } }));
  incidents
    .command("escalate")
    .description("escalate it now, to those whom the next rule names or to others")
    .argument("<id>")
    .argument("<reason>")
    .option("--to <group...>", "groups of channels, or channels by id")
    .action((id: string, reason: string, { to }: { to?: readonly string[] }) => act(session, id, { path: "escalate", body: { reason, notify: to } }));
}

function addResponses(incidents: Command, session: Session): void {
  incidents
    .command("respond")
    .description("quarantine an agent, or open its circuit breaker, because of an incident")
    .argument("<id>")
    .addArgument(new Argument("<type>", "what to do").choices(["agent_quarantine", "circuit_breaker"]))
    .option("--agent <id>", "which agent, unless it is the one that the incident is about")
    .option("--dry-run", "say what it would change, and change nothing")
    .option("--force", "although it is the last that can do something")
    .action(async (id: string, type: string, { agent, dryRun, force }: { agent?: string; dryRun?: true; force?: true }) => {
      const body = { response_type: type, parameters: { agent_id: agent, force }, dry_run: dryRun };
      printResponse(session, await callApi(session.connection(), { method: "POST", path: `${incidentPath(id)}/response`, body }, ResponseView));
    });
  incidents
    .command("revert")
    .description("undo a response")
    .argument("<id>")
    .argument("<response>")
    .action(async (id: string, response: string) => {
      const path = `${incidentPath(id)}/response/${encodeURIComponent(response)}/revert`;
      printResponse(session, await callApi(session.connection(), { method: "POST", path, body: {} }, ResponseView));
    });
}

function printResponse(session: Session, { response_id, status, plan, guards }: ResponseView): void {
  session.print(response_id);
  for (const { action, target, before, after } of plan) session.remark(`${status}: ${action} ${target}, ${before} → ${after}`);
  for (const { passed, detail } of guards) session.remark(`${passed ? "fine" : "beware"}: ${detail}`);
}

async function act(session: Session, id: string, { path, body }: { path: string; body: object }): Promise<void> {
  const incident = await callApi(session.connection(), { method: "POST", path: `${incidentPath(id)}/${path}`, body }, IncidentView);
  session.remark(`${incident.incident_id} is ${incident.status}`);
}

async function listIncidents(session: Session, { status, severity, type, limit, json }: ListOptions): Promise<void> {
  const { incidents } = await callApi(session.connection(), { path: PATH, query: { status, severity, type, limit } }, IncidentPage);
  if (json === true) return session.print(JSON.stringify(incidents, null, 2));
  const titles = ["INCIDENT", "SINCE", "SEVERITY", "STATUS", "TIMES", "RULE", "DESCRIPTION"].map((title) => ({ title }));
  const rows = incidents.map((each) => [
    each.incident_id,
    each.created_at,
    each.severity,
    each.flapping ? `${each.status}, flapping` : each.status,
    String(each.occurrences),
    each.rule ?? "",
    each.description,
  ]);
  session.print(...tableLines(titles, rows, session.paint));
}

async function showIncident(session: Session, id: string, { json }: { json?: true }): Promise<void> {
  const incident = await callApi(session.connection(), { path: incidentPath(id) }, IncidentDetail);
  if (json === true) return session.print(JSON.stringify(incident, null, 2));
  const { severity, status, description, timeline, notices, runbook } = incident;
  session.print(`${incident.incident_id}  ${severity}  ${status}`, description, "");
  const events = [
    ...timeline.map(({ at, by, what, text }) => [at, what, by, text ?? ""]),
    ...notices.map((notice) => [notice.ended_at ?? notice.created_at, `told: ${notice.status}`, notice.channel_id, [notice.event, notice.reason].filter((part) => part !== undefined).join("; ")]),
  ].toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1));
  session.print(...tableLines(["AT", "WHAT", "WHO", "TEXT"].map((title) => ({ title })), events, session.paint));
  if (runbook !== undefined) session.print("", `First look: ${runbook.first_look}`, `Fix: ${runbook.fix}`);
}
