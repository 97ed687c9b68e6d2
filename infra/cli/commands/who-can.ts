import type { Command } from "commander";
import { AgentSummary } from "../../../shared/agents/views/summary.ts";
import { WhoCanView } from "../../../shared/agents/views/who-can.ts";
import { callApi } from "../client/api-client.ts";
import type { Session } from "../session.ts";
import { tableLines } from "../view/table.ts";

interface WhoCanOptions {
  readonly tags?: string;
  readonly json?: true;
}

/** `agents who-can`: who could have a task now, and why each of the others cannot. */
export function addWhoCanCommand(agents: Command, session: Session): void {
  agents
    .command("who-can")
    .description("which agents could have a task of this skill now, and why each of the others cannot")
    .argument("<skill>")
    .option("--tags <names>", "only agents with all of these tags, separated by commas")
    .option("--json", "as JSON")
    .action((skill: string, options: WhoCanOptions) => whoCan(session, skill, options));
}

/** `agents summary`: the registry in numbers. */
export function addSummaryCommand(agents: Command, session: Session): void {
  agents
    .command("summary")
    .description("the registry in numbers: agents by status, health, trust, capabilities")
    .option("--json", "as JSON")
    .action(({ json }: { json?: true }) => summarize(session, json === true));
}

async function summarize(session: Session, asJson: boolean): Promise<void> {
  const found = await callApi(session.connection(), { path: "/api/v1/agents/summary" }, AgentSummary);
  if (asJson) return session.print(JSON.stringify(found, null, 2));
  const statuses = Object.entries(found.by_status).map(([status, count]) => `${count} ${status.toLowerCase()}`);
  const score = (value: number | null): string => (value === null ? "-" : value.toFixed(2));
  session.print(
    `${found.total_agents} agents (${statuses.join(", ") || "none"}), ${found.in_service} in service, ${found.quarantined} in quarantine`,
    `health ${score(found.average_health_score)}, trust ${score(found.average_trust_score)} on average; ${found.unique_capabilities} capabilities`,
  );
  const columns = [{ title: "CAPABILITY" }, { title: "AGENTS", align: "right" }, { title: "IN SERVICE", align: "right" }] as const;
  const rows = found.capabilities.map(({ name, agents, in_service: inService }) => [name, String(agents), String(inService)]);
  if (rows.length > 0) session.print(...tableLines(columns, rows, session.paint));
}

async function whoCan(session: Session, skill: string, { tags, json }: WhoCanOptions): Promise<void> {
  const call = { path: "/api/v1/agents/who-can", query: { skill, tags } };
  const answer = await callApi(session.connection(), call, WhoCanView);
  if (json === true) return session.print(JSON.stringify(answer, null, 2));
  const titles = ["AGENT", "NOW", "BECAUSE IT"].map((title) => ({ title }));
  const rows = answer.agents.map(({ agent_id: id, available, obstacles }) => [
    id,
    available ? "yes" : "no",
    obstacles.map(({ message }) => message).join("; "),
  ]);
  session.print(...tableLines(titles, rows, session.paint));
  if (answer.total > rows.length) session.remark(`${answer.total - rows.length} more are registered`);
  if (answer.reason !== undefined) session.remark(answer.reason);
}
