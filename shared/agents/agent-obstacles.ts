import type { Agent } from "./agent.ts";
import { healthOf, isInService } from "./agent-health.ts";
import { trustOf } from "./agent-trust.ts";
import { parseVersionConstraint, satisfies } from "../core/versions.ts";
import type { AgentRole } from "../workflow/definition/workflow-definition.ts";

/** What a task asks of an agent. */
export interface AgentDemand {
  readonly role: AgentRole;
  readonly skill: string | undefined;
}

/** What keeps an agent from a task, whatever the moment. */
type Rule = (agent: Agent, demand: AgentDemand, now: number) => boolean;

/** Each holds while it keeps the agent from the task. */
const RULES = {
  quarantined: ({ quarantine }) => quarantine !== undefined,
  unhealthy: (agent) => agent.quarantine === undefined && !isInService(agent),
  another_named: ({ agent_id: id }, { role }) => role.agentId !== undefined && role.agentId !== id,
  skill_missing: ({ capabilities }, { role, skill }) =>
    role.agentId === undefined && wantedBy(role.capabilities, skill).some((wanted) => !capabilities.includes(wanted)),
  input_modes: (agent, { role, skill }) => role.agentId === undefined && !takesWords(agent, skill),
  tag_missing: ({ tags }, { role }) => role.agentId === undefined && (role.tags ?? []).some((tag) => !tags.includes(tag)),
  version: (agent, { role }) => role.agentId === undefined && !meetsVersion(agent, role.agentVersion),
  health_too_low: (agent, { role }, now) =>
    role.agentId === undefined && role.minHealthScore !== undefined && healthOf(agent, now) < role.minHealthScore,
  trust_too_low: (agent, { role }, now) =>
    role.agentId === undefined && role.minTrustScore !== undefined && trustOf(agent, now) < role.minTrustScore,
} as const satisfies Readonly<Record<string, Rule>>;

const ALL: readonly Rule[] = Object.values(RULES);

/**
 * Whether an agent may get the task at the time `now`: in service, able, and above every floor of the role.
 *
 * A task that names a skill needs an agent with that skill; one that does not needs every capability of its role. A
 * role that names one agent asks for nothing else. A version constraint that cannot be read is met by none.
 */
export const canServe = (agent: Agent, demand: AgentDemand, now: number): boolean => !ALL.some((rule) => rule(agent, demand, now));

const wantedBy = (capabilities: readonly string[], skill: string | undefined): readonly string[] =>
  skill === undefined ? capabilities : [skill];

/** Tasks are words and JSON: an agent whose skill takes neither has no use for them, unless its registration says what to send. */
function takesWords({ skills, message_parts: given }: Agent, skill: string | undefined): boolean {
  const modes = skills.find(({ id }) => id === skill)?.input_modes ?? [];
  return given !== undefined || modes.length === 0 || modes.some((mode) => /^\s*(text\b|\*|.*json)/i.test(mode));
}

function meetsVersion({ version }: Agent, text: string | undefined): boolean {
  const constraint = text === undefined ? undefined : parseVersionConstraint(text);
  return text === undefined || (constraint !== undefined && satisfies(version, constraint));
}
