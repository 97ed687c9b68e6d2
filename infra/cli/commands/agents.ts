import type { Command } from "commander";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { AgentPage, AgentView } from "../../../shared/agents/views/agents.ts";
import { TrialView } from "../../../shared/agents/views/trials.ts";
import { DiscoveredAgents } from "../../../shared/agents/views/discovery.ts";
import { callApi } from "../client/api-client.ts";
import { parseJson, type Session } from "../session.ts";
import { UserError } from "../failures.ts";
import { agentLines, troubleLines } from "../view/agent-table.ts";
import { trialLines } from "../view/trial-lines.ts";
import { openScreen } from "../view/screen.ts";
import { printable } from "../view/text.ts";
import { addRegisterCommand } from "./register-agent.ts";
import { addSummaryCommand, addWhoCanCommand } from "./who-can.ts";

interface ListOptions {
  readonly json?: true;
  readonly watch?: true;
  readonly capability?: string;
}

interface TryOptions {
  readonly text?: string;
  readonly data?: string;
  readonly task?: string;
  readonly context?: string;
  readonly timeout?: string;
  readonly json?: true;
}

const WATCH_MS = 1000;
/** A trial is often over at once: looks come further apart, up to `WATCH_MS`. */
const FIRST_LOOK_MS = 100;
const PLAIN_COLUMNS = 160;

/** `agents` and what belongs to it. */
export function addAgentCommands(program: Command, session: Session): void {
  const agents = program
    .command("agents")
    .description("registered agents: status, health, trust, load and circuit breaker")
    .option("--watch", "go on showing them")
    .option("--capability <names>", "only agents that offer all of these, separated by commas")
    .option("--json", "as JSON")
    .action((options: ListOptions) => (options.watch === true ? watch(session, options) : list(session, options)));
  addRegisterCommand(agents, session);
  addWhoCanCommand(agents, session);
  addSummaryCommand(agents, session);
  agents
    .command("remove")
    .description("take an agent out of the registry")
    .argument("<id>")
    .action(async (id: string) => {
      await callApi(session.connection(), { method: "DELETE", path: pathOf(id) }, z.undefined());
      session.remark(`removed ${id}`);
    });
  agents
    .command("discover")
    .description("agents that offer everything asked for, best first, with the reasons")
    .argument("<capability...>")
    .option("--tag <name...>")
    .option("--agent-version <constraint>", "such as '>=1.2.0, <2.0.0'")
    .option("--near <place>", "preferred location")
    .action((capabilities: readonly string[], options: DiscoverOptions) => discover(session, capabilities, options));
  addTryCommand(agents, session);
  addStandingCommands(agents, session);
}

function addTryCommand(agents: Command, session: Session): void {
  agents
    .command("try")
    .description("send one message to an agent, outside any workflow, and see all that was sent and heard")
    .argument("<id>")
    .option("--text <words>", "sent as a text part")
    .option("--data <json>", "sent as a data part")
    .option("--task <id>", "answer a question of this task of the agent's")
    .option("--context <id>", "go on with a conversation")
    .option("--timeout <seconds>", "at most 870 (default 60)")
    .option("--json", "as JSON")
    .action((id: string, options: TryOptions) => tryAgent(session, id, options));
}

function addStandingCommands(agents: Command, session: Session): void {
  for (const [name, path, description, done] of [
    ["quarantine", "quarantine", "keep work from an agent until it is released", "in quarantine"],
    ["release", "release", "let a quarantined agent have work again", "released"],
    ["close-breaker", "circuit-breaker/reset", "close an agent's circuit breaker now", "breaker closed"],
  ] as const) {
    agents
      .command(name)
      .description(description)
      .argument("<id>")
      .requiredOption("--reason <text>", "why; kept in the agent's history")
      .action(async (id: string, { reason }: { reason: string }) => {
        const call = { method: "POST", path: `${pathOf(id)}/${path}`, body: { reason } } as const;
        await callApi(session.connection(), call, AgentView);
        session.remark(`${id}: ${done}`);
      });
  }
}

const pathOf = (id: string): string => `/api/v1/agents/${encodeURIComponent(id)}`;

async function loadAll(session: Session, { capability }: ListOptions): Promise<AgentView[]> {
  const agents: AgentView[] = [];
  let cursor: string | undefined;
  do {
    const page = await callApi(
      session.connection(),
      { path: "/api/v1/agents", query: { capability, cursor } },
      AgentPage,
    );
    agents.push(...page.agents);
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  return agents;
}

async function list(session: Session, options: ListOptions): Promise<void> {
  const agents = await loadAll(session, options);
  if (options.json === true) return session.print(JSON.stringify(agents, null, 2));
  session.print(...linesOf(session, agents), ...troubleLines(agents, session.paint));
}

const linesOf = ({ paint, world }: Session, agents: readonly AgentView[]): string[] =>
  agentLines(agents, { paint, columns: world.stdout.columns ?? PLAIN_COLUMNS, now: Date.now() });

/** Until Ctrl-C. */
async function watch(session: Session, options: ListOptions): Promise<void> {
  const { signal, stdout } = session.world;
  const screen = openScreen(stdout);
  while (!signal.aborted) {
    const agents = await loadAll(session, options);
    const all = [...linesOf(session, agents), ...troubleLines(agents, session.paint)];
    const room = stdout.isTTY === true ? Math.max(2, (stdout.rows ?? 24) - 2) : all.length;
    const hidden = all.length - room;
    screen.show(hidden > 0 ? [...all.slice(0, room), session.paint("dim", `… and ${hidden} lines more`)] : all);
    await sleep(WATCH_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function tryAgent(session: Session, id: string, { text, data, task, context, timeout, json }: TryOptions): Promise<void> {
  const body = {
    text,
    data: data === undefined ? undefined : parseJson(data, "--data"),
    task_id: task,
    context_id: context,
    timeout_seconds: timeout === undefined ? undefined : Number(timeout),
  };
  let trial = await callApi(session.connection(), { method: "POST", path: `${pathOf(id)}/try`, body }, TrialView);
  const path = `${pathOf(id)}/trials/${trial.trial_id}`;
  for (let pause = FIRST_LOOK_MS; trial.status === "running" && !session.world.signal.aborted; pause = Math.min(2 * pause, WATCH_MS)) {
    await sleep(pause, undefined, { signal: session.world.signal }).catch(() => undefined);
    trial = await callApi(session.connection(), { path }, TrialView);
  }
  session.print(...(json === true ? [JSON.stringify(trial, null, 2)] : trialLines(trial, session.paint)));
  if (trial.status === "failed" || trial.status === "timed_out") {
    throw new UserError([`agent '${id}' ${trial.status === "failed" ? "failed" : "did not answer in time"}`]);
  }
}

interface DiscoverOptions {
  readonly tag?: readonly string[];
  readonly agentVersion?: string;
  readonly near?: string;
}

async function discover(session: Session, capabilities: readonly string[], options: DiscoverOptions): Promise<void> {
  const body = { capabilities, tags: options.tag, version: options.agentVersion, location_preference: options.near };
  const call = { method: "POST", path: "/api/v1/agents/discover", body } as const;
  const { agents, total } = await callApi(session.connection(), call, DiscoveredAgents);
  for (const { agent_id: id, score, reasons } of agents) {
    session.print(
      `${session.paint("bold", id)}  ${score.toFixed(2)}  ${session.paint("dim", reasons.map(printable).join(" · "))}`,
    );
  }
  if (total === 0) session.remark("no agent offers all of that");
  else if (total > agents.length) session.remark(`${agents.length} of ${total} agents`);
}
