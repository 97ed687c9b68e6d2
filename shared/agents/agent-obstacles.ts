import type { Agent } from "./agent.ts";
import { healthOf, isInService } from "./agent-health.ts";
import { trustOf } from "./agent-trust.ts";
import { unmetExtensions } from "../core/a2a-extensions.ts";
import { parseVersionConstraint, satisfies } from "../core/versions.ts";
import type { AgentRole } from "../workflow/definition/workflow-definition.ts";
import { present } from "../core/present.ts";

/** What a task asks of an agent. */
export interface AgentDemand {
  readonly role: AgentRole;
  readonly skill: string | undefined;
}

/**
 * Why an agent cannot do a task, whatever the moment. Dispatch goes by these and people are told them, so that what is
 * said and what is done never differ.
 */
type Rule = (agent: Agent, demand: AgentDemand, now: number) => boolean;

/** Holds while the obstacle is there. In the order in which people are told. */
const RULES = {
  quarantined: ({ quarantine }) => quarantine !== undefined,
  unhealthy: (agent) => agent.quarantine === undefined && !isInService(agent),
  extension_required: (agent) => unmetBy(agent).length > 0,
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

/** Names an obstacle that does not pass by itself. */
export type LastingObstacle = keyof typeof RULES;

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of an object of ours
const NAMES = Object.keys(RULES) as LastingObstacle[];
const ALL: readonly Rule[] = Object.values(RULES);

/**
 * Whether an agent may get the task at the time `now`: in service, able, and above every floor of the role.
 *
 * A task that names a skill needs an agent with that skill; one that does not needs every capability of its role. A
 * role that names one agent asks for nothing else. A version constraint that cannot be read is met by none.
 */
export const canServe = (agent: Agent, demand: AgentDemand, now: number): boolean => !ALL.some((rule) => rule(agent, demand, now));

/** Everything lasting that keeps an agent from a task. */
export const obstaclesTo = (agent: Agent, demand: AgentDemand, now: number): readonly LastingObstacle[] =>
  NAMES.filter((name) => RULES[name](agent, demand, now));

/** The same, each with its words: to be read after the agent's name. */
export const lastingObstacles = (agent: Agent, demand: AgentDemand, now: number): readonly { code: LastingObstacle; message: string }[] =>
  obstaclesTo(agent, demand, now).map((code) => ({ code, message: wordsFor(code, agent, demand, now) }));

/** What an agent's card requires and its registration does not name: it may have come with a newer card. */
const unmetBy = ({ required_extensions: required, extensions = [] }: Agent): readonly string[] =>
  unmetExtensions(required, extensions.map(({ uri }) => uri));

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

/** What is said of an obstacle, after the agent's name. */
export function wordsFor(obstacle: LastingObstacle, agent: Agent, { role, skill }: AgentDemand, now: number): string {
  const list = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(", ");
  switch (obstacle) {
    case "quarantined":
      return `is in quarantine: ${present(agent.quarantine).reason}`;
    case "unhealthy":
      return `is ${agent.status.toLowerCase()}${agent.status_reason === undefined ? "" : `: ${agent.status_reason}`}`;
    case "extension_required":
      return `requires ${list(unmetBy(agent))} of callers by its card; name it in extensions of its registration, if calls can keep to it`;
    case "another_named":
      return `is not the agent '${present(role.agentId)}' that is asked for`;
    case "skill_missing":
      return `does not offer ${list(wantedBy(role.capabilities, skill).filter((wanted) => !agent.capabilities.includes(wanted)))}`;
    case "input_modes":
      return `takes ${list(present(agent.skills.find(({ id }) => id === skill)?.input_modes))} for '${present(skill)}', and tasks are text and JSON; message_parts of its registration overrides that`;
    case "tag_missing":
      return `lacks the tags ${list(present(role.tags).filter((tag) => !agent.tags.includes(tag)))}`;
    case "version":
      return `has version ${agent.version}, asked for ${present(role.agentVersion)}`;
    case "health_too_low":
      return `has a health score of ${healthOf(agent, now).toFixed(2)}, below ${role.minHealthScore}`;
    case "trust_too_low":
      return `has a trust score of ${trustOf(agent, now).toFixed(2)}, below ${role.minTrustScore}`;
    default:
      return obstacle satisfies never;
  }
}
