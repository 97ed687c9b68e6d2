import { createHash } from "node:crypto";
import type { AgentRow, ProbeKind } from "./agent.ts";
import type { AgentChange, AgentRegistration } from "./agent-registration.ts";
import { HEALTH_PROBE_EXTENSION } from "../core/a2a-extensions.ts";
import { contentHash, sortKeys } from "../core/canonical-json.ts";

/** Skills that exist to be probed. */
const PROBE_SKILLS: ReadonlySet<string> = new Set(["ping", "health", "health-check", "health_check", "healthcheck"]);

/** What a card tells, whatever its protocol version. */
export interface CardFacts {
  readonly name: string;
  readonly description: string;
  readonly version: string;
  readonly protocolVersion: string;
  readonly skills: readonly {
    readonly id: string;
    readonly name: string;
    readonly description: string;
    readonly inputModes?: readonly string[];
  }[];
  readonly capabilities: {
    readonly streaming: boolean;
    readonly push: boolean;
    readonly extensions?: readonly string[];
    readonly requiredExtensions?: readonly string[];
  };
  readonly idempotentMessages: boolean;
}

/** Where and when an agent was registered. */
export interface Origin {
  readonly tenant: string;
  readonly at: string;
  /** The card as the agent wrote it. */
  readonly rawCard?: unknown;
  /** The external registry that named it. */
  readonly registryId?: string | undefined;
}

/** Joins what the card says with what the registration adds: its skills become capabilities. */
export function describeAgent(card: CardFacts, registration: AgentRegistration, origin: Origin): AgentRow {
  const { agent_id, capabilities, version, metadata, card: given, ...rest } = registration;
  return {
    ...defined(rest),
    ...factsOf(card, { version, capabilities }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(given === undefined ? {} : { card: given }),
    ...(origin.rawCard === undefined ? {} : { card_hash: cardHash(origin.rawCard) }),
    ...(origin.registryId === undefined ? {} : { registry_id: origin.registryId }),
    endpoint: registration.endpoint,
    service_types: registration.service_types,
    tags: registration.tags,
    max_concurrent_tasks: slotsOf(registration),
    declared: { capabilities, ...(version === undefined ? {} : { version }) },
    tenant: origin.tenant,
    agent_id: agent_id ?? agentIdOf(card.name),
    status: "ACTIVE",
    registered_at: origin.at,
    enrolled_at: origin.at,
    updated_at: origin.at,
  };
}

/** The agent after its card changed; what its registration says stays on top. */
export function redescribeAgent(
  row: AgentRow,
  card: CardFacts,
  { at, rawCard }: Pick<Origin, "at" | "rawCard">,
): AgentRow {
  const declared = row.declared ?? { capabilities: [] };
  return { ...row, ...factsOf(card, declared), card_hash: cardHash(rawCard), updated_at: at };
}

/** The agent after a person changed its registration. `null` takes a field away. */
export function changeAgent(row: AgentRow, change: AgentChange, card: CardFacts, at: string): AgentRow {
  const { version, capabilities, ...plain } = change;
  const declared = { ...row.declared, capabilities: capabilities ?? row.declared?.capabilities ?? [] };
  if (version === null) delete declared.version;
  else if (version !== undefined) declared.version = version;
  const kept = Object.entries({ ...row, ...defined(plain) }).filter(([, value]) => value !== null);
  // Every entry that was null belongs to an optional field: the schema of a change allows null nowhere else.
  const next = Object.fromEntries(kept) as typeof row; // oxlint-disable-line typescript/no-unsafe-type-assertion
  return { ...next, ...factsOf(card, declared), declared, updated_at: at };
}

/** Names of the fields that differ, for the event that tells of a change. */
export function changedFields(before: AgentRow, after: AgentRow): string[] {
  const old = new Map(Object.entries(before));
  const names = new Set([...old.keys(), ...Object.keys(after)]);
  const next = new Map(Object.entries(after));
  const ignored = new Set(["updated_at", "enrolled_at"]);
  return [...names].filter((name) => !ignored.has(name) && textOf(old.get(name)) !== textOf(next.get(name))).sort();
}

/** Names a card by its content. */
export const cardHash = (rawCard: unknown): string => contentHash(textOf(rawCard));

const textOf = (value: unknown): string => JSON.stringify(sortKeys(value ?? null));

/**
 * An id made of the agent's name: `Risk Agent` becomes `agent-risk-agent`. A name without Latin letters or digits gives
 * a digest, so that two such agents do not take each other's place.
 */
export function agentIdOf(name: string): string {
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  const digest = () => createHash("sha256").update(name).digest("hex").slice(0, 12);
  return `agent-${slug === "" ? digest() : slug}`.slice(0, 128);
}

function factsOf(card: CardFacts, declared: { version?: string | undefined; capabilities: readonly string[] }) {
  return {
    name: card.name,
    description: card.description,
    version: declared.version ?? card.version,
    protocol_version: card.protocolVersion,
    capabilities: [...new Set([...card.skills.map(({ id }) => id), ...declared.capabilities])],
    skills: card.skills.map(({ id, name, description, inputModes = [] }) => ({
      id,
      name,
      description,
      ...(inputModes.length === 0 ? {} : { input_modes: [...inputModes] }),
    })),
    supports_push: card.capabilities.push,
    supports_streaming: card.capabilities.streaming,
    idempotent_messages: card.idempotentMessages,
    probe_kind: probeKindOf(card),
    required_extensions: [...(card.capabilities.requiredExtensions ?? [])],
  };
}

const probeKindOf = ({ skills, capabilities }: CardFacts): ProbeKind =>
  capabilities.extensions?.includes(HEALTH_PROBE_EXTENSION) === true || probeSkillOf({ skills }) !== undefined
    ? "message"
    : "task";

/** The skill that a probe asks for; an agent with the extension needs none. */
export const probeSkillOf = ({ skills }: { readonly skills: readonly { readonly id: string }[] }): string | undefined =>
  skills.find(({ id }) => PROBE_SKILLS.has(id.toLowerCase()))?.id;

/** Spec 003 §4 hides the number in `metadata.max_concurrent_requests`. */
function slotsOf({ max_concurrent_tasks: slots, metadata }: AgentRegistration): number {
  const told = metadata?.["max_concurrent_requests"];
  if (slots !== undefined) return slots;
  return typeof told === "number" && Number.isInteger(told) && told > 0 ? told : DEFAULT_SLOTS;
}

const DEFAULT_SLOTS = 100;

type Defined<Value> = { [Key in keyof Value]: Exclude<Value[Key], undefined> };

/** Without the fields that are undefined, which optional fields of rows must not be. */
function defined<Value extends object>(value: Value): Partial<Defined<Value>> {
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same object, but for fields that were undefined
  return Object.fromEntries(entries) as Partial<Defined<Value>>;
}
