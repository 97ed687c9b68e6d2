import type { Command } from "commander";
import { AgentView } from "../../../shared/agents/views/agents.ts";
import { callApi } from "../client/api-client.ts";
import { parseJson, readText, type Session } from "../session.ts";
import { printable } from "../view/text.ts";

interface RegisterOptions {
  readonly id?: string;
  readonly capability?: readonly string[];
  readonly tag?: readonly string[];
  readonly location?: string;
  readonly maxTasks?: string;
  readonly blocking?: true;
  readonly onLostAnswer?: string;
  readonly onEmptyAnswer?: string;
  readonly limitGroup?: string;
  readonly extension?: readonly string[];
  readonly cardKeys?: string;
  readonly card?: string;
  readonly ca?: string;
  readonly credential?: string;
}

/** `agents register`. */
export function addRegisterCommand(agents: Command, session: Session): void {
  agents
    .command("register")
    .description("register an agent by the URL of its card; again: update it")
    .argument("<url>")
    .option("--id <id>", "agent-…; default: made of its name")
    .option("--capability <name...>", "what it can do beside its card's skills")
    .option("--tag <name...>")
    .option("--location <place>")
    .option("--max-tasks <n>", "tasks it may have at once (default 100)")
    .option("--blocking", "it answers only when it is done; otherwise that is learnt")
    .option("--on-lost-answer <rule>", "resend or wait, when an answer got lost")
    .option("--limit-group <name>", "the agents that it shares a provider's limits with (see limits)")
    .option("--extension <uri...>", "declare these extensions in every call, such as those its card requires")
    .option("--card-keys <url>", "its card must be signed with a key of the JSON Web Key Set at this URL")
    .option("--card <file>", "the card itself (JSON), for an agent that serves none to strangers")
    .option("--ca <file>", "its certificate must be signed by one of these (PEM), not by a public authority")
    .option("--credential <arn>", "the secret with what it asks for: a token, a key, a client certificate")
    .option("--on-empty-answer <rule>", "fail or accept a task that is done without an answer")
    .action((endpoint: string, options: RegisterOptions) => register(session, endpoint, options));
}

async function register(session: Session, endpoint: string, options: RegisterOptions): Promise<void> {
  const { id, capability, tag, location, maxTasks, blocking, onLostAnswer, onEmptyAnswer, limitGroup, extension, cardKeys, card, ca, credential } = options;
  const given = {
    agent_id: id,
    capabilities: capability,
    tags: tag,
    location,
    blocking,
    on_lost_answer: onLostAnswer,
    on_empty_answer: onEmptyAnswer,
    limit_group: limitGroup,
    extensions: extension?.map((uri) => ({ uri })),
    card_signature: cardKeys === undefined ? undefined : { jwks_url: cardKeys },
    card: card === undefined ? undefined : parseJson(readText(session, card), card),
    tls: ca === undefined ? undefined : { ca: readText(session, ca) },
    credential_secret_arn: credential,
    max_concurrent_tasks: maxTasks === undefined ? undefined : Number(maxTasks),
  };
  const call = { method: "POST", path: "/api/v1/agents", body: { endpoint, ...given } } as const;
  const agent = await callApi(session.connection(), call, AgentView);
  session.print(agent.agent_id);
  session.remark(
    `${printable(agent.name)}, A2A ${agent.protocol_version}: ${printable(agent.capabilities.join(", "))}`,
  );
  for (const warning of agent.warnings ?? []) session.remark(warning);
}
