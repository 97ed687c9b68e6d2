import { type AgentRef, findAgent, findAgentAt, newAgentEvent, noteTenant, saveAgent, type AgentStore } from "../store/agent-store.ts";
import { inheritWrites } from "../store/endpoint-store.ts";
import { deleteVitals } from "../store/vital-store.ts";
import type { A2aClient } from "../../a2a/a2a-client.ts";
import { type AgentEndpoint, cardAccess } from "../../a2a/agent-routes.ts";
import { readAgentCard, type AgentCard } from "../../a2a/agent-card.ts";
import type { CardTrust } from "../../core/public-key.ts";
import { cardHash, changeAgent, changedFields, describeAgent, redescribeAgent } from "../agent-description.ts";
import { ConflictError, InvalidRequestError, OrchestratorError } from "../../core/errors.ts";
import { AgentRefusedError } from "../../a2a/errors.ts";
import { checkExtensions, checkSecret, checkSize, checkTls } from "./check-registration.ts";
import { cardTrustOf } from "../calls/agent-endpoint.ts";
import { AGENT_LIMITS } from "../limits.ts";
import { AgentRow, type Quarantine } from "../agent.ts";
import { type AgentChange, type AgentRegistration } from "../agent-registration.ts";

/** What registering stands on. */
export interface RegistrationDeps {
  readonly agents: AgentStore;
  readonly a2a: Pick<A2aClient, "fetchAgentCard" | "trustedCard" | "callTarget" | "getTask">;
  readonly now: () => Date;
}

/** Who registers, for whom. */
export interface Registrar {
  readonly tenant: string;
  readonly by: string;
  /** Set when an external registry names the agent. */
  readonly registryId?: string | undefined;
}

interface FoundCard {
  readonly card: AgentCard;
  readonly raw: unknown;
}

/** A registration on record. */
export interface Registered {
  readonly agent: AgentRow;
  readonly isNew: boolean;
  /** It got what was learnt at its endpoint before. */
  readonly inherits: boolean;
}

/**
 * Registers an agent, or brings its registration up to date. Its card is fetched, and its signature checked when it has
 * one, unless the registration carries the card.
 *
 * @throws {InvalidRequestError} no usable card, another tenant's secret, or a row that would be too large.
 * @throws {ConflictError} an external registry names an agent that was registered here, or by another registry.
 */
export async function registerAgent(
  deps: RegistrationDeps,
  registrar: Registrar,
  registration: AgentRegistration,
): Promise<Registered> {
  const { tenant, by, registryId } = registrar;
  checkSecret(tenant, registration.credential_secret_arn);
  checkTls(registration.tls);
  const { card, raw } = await findCard(deps, registration);
  checkExtensions(card, registration);
  const at = deps.now().toISOString();
  const described = describeAgent(card, registration, { tenant, at, rawCard: raw, registryId });
  const ref = { tenant, agentId: described.agent_id };
  const { known, record } = await findAgentAt(deps.agents, ref, { endpoint: described.endpoint, now: Date.parse(at) });
  checkOwner(known, registryId);
  const quarantine = known?.quarantine ?? record?.quarantine;
  const agent = { ...described, registered_at: known?.registered_at ?? at, ...(quarantine === undefined ? {} : { quarantine }) };
  checkSize(agent);
  const { endpoint, capabilities } = agent;
  const facts = { endpoint, capabilities, registered_by: by, registry_id: registryId };
  const isNew = known === undefined;
  const inherited = isNew && record !== undefined ? inheritWrites(deps.agents, agent, record) : [];
  await saveAgent(
    deps.agents,
    agent,
    [
      newAgentEvent("agent.registered", { id: `registered.${at}`, at, facts }),
      ...(known === undefined || known.status === "ACTIVE" ? [] : [revived(known, at)]),
      ...(quarantine === undefined || known?.quarantine !== undefined ? [] : [confined(quarantine, at)]),
    ],
    inherited,
  );
  if (isNew) await noteTenant(deps.agents, tenant);
  // Old signs of life would outweigh this one.
  else await deleteVitals(deps.agents, tenant, { agentId: agent.agent_id, kinds: ["B", "P", "A"] });
  return { agent, isNew, inherits: inherited.length > 0 };
}

/** What is registered here stands above what a registry says, and the first registry above the others. */
function checkOwner(known: AgentRow | undefined, registryId: string | undefined): void {
  if (known === undefined || registryId === undefined || known.registry_id === registryId) return;
  const owner =
    known.registry_id === undefined ? "it was registered here" : `registry '${known.registry_id}' named it first`;
  throw new ConflictError(`agent '${known.agent_id}' is left as it is: ${owner}`);
}

const revived = ({ status }: AgentRow, at: string) =>
  newAgentEvent("agent.status_changed", {
    id: `status.${at}`,
    at,
    facts: { previous_status: status, new_status: "ACTIVE", reason: "registered again", health_score: 1 },
  });

const confined = ({ reason, by }: Quarantine, at: string) =>
  newAgentEvent("agent.quarantined", {
    id: `quarantined.${at}`,
    at,
    facts: { reason: `its endpoint is in quarantine: ${reason}`, quarantined_by: by },
    isAudit: true,
  });

/**
 * Changes a registration. Registering anew would forget what is not said again; this keeps it.
 *
 * @throws {InvalidRequestError} as `registerAgent`.
 */
export async function updateAgent(
  deps: RegistrationDeps,
  { tenant, by }: Registrar,
  { agentId, change }: { agentId: string; change: AgentChange },
): Promise<AgentRow | undefined> {
  const known = await findAgent(deps.agents, tenant, agentId);
  if (known === undefined) return undefined;
  checkSecret(tenant, change.credential_secret_arn ?? undefined);
  checkTls(change.tls ?? undefined);
  const row = AgentRow.parse(known);
  const { extensions = row.extensions, card_signature: rule = row.card_signature, tls = row.tls } = change;
  const place = change.endpoint === undefined ? row : { endpoint: change.endpoint };
  const source = { endpoint: place.endpoint, card: "card" in place ? place.card : undefined, extensions: extensions ?? undefined, card_signature: rule ?? undefined, tls: tls ?? undefined };
  const { card, raw } = await findCard(deps, source);
  if (change.endpoint !== undefined || change.extensions !== undefined) checkExtensions(card, { endpoint: source.endpoint, extensions: extensions ?? undefined });
  const at = deps.now().toISOString();
  const next = { ...changeAgent(row, change, card, at), card_hash: cardHash(raw) };
  if (change.endpoint !== undefined) delete next.card;
  const quarantine = next.quarantine ?? (await quarantineAt(deps, { tenant, agentId }, { endpoint: change.endpoint, at }));
  const after = { ...next, ...(quarantine === undefined ? {} : { quarantine }) };
  checkSize(after);
  await saveChange(deps, { before: row, after, by });
  return after;
}

/** The quarantine that an agent comes under when it moves to another endpoint. */
async function quarantineAt(
  { agents }: RegistrationDeps,
  ref: AgentRef,
  { endpoint, at }: { readonly endpoint: string | undefined; readonly at: string },
): Promise<Quarantine | undefined> {
  if (endpoint === undefined) return undefined;
  return (await findAgentAt(agents, ref, { endpoint, now: Date.parse(at) })).record?.quarantine;
}

/** What looking at a card stands on: agents may show more to those who have a credential. */
export interface RefreshDeps extends RegistrationDeps {
  readonly a2a: RegistrationDeps["a2a"] & Pick<A2aClient, "fetchExtendedCard">;
  readonly endpoint: (agent: AgentRow) => Promise<AgentEndpoint>;
}

/** Takes over a card that changed. @returns nothing when it is the card we know. */
export async function refreshCard(deps: RefreshDeps, row: AgentRow): Promise<AgentRow | undefined> {
  if (row.card !== undefined) return undefined;
  const at = await deps.endpoint(row);
  const shown = await deps.a2a.fetchAgentCard(row.endpoint, cardAccess(at));
  const isForUs = shown.card.capabilities.extended && row.credential_secret_arn !== undefined;
  const { card, raw } = (isForUs ? await deps.a2a.fetchExtendedCard(at) : undefined) ?? shown;
  if (row.card_hash === cardHash(raw)) return undefined;
  const next = redescribeAgent(row, card, { at: deps.now().toISOString(), rawCard: raw });
  checkSize(next);
  await saveChange(deps, { before: row, after: next, by: "its card" });
  return next;
}

async function saveChange(
  { agents }: RegistrationDeps,
  { before, after, by }: { before: AgentRow; after: AgentRow; by: string },
) {
  const changed = changedFields(before, after);
  const at = after.updated_at;
  const updated = newAgentEvent("agent.updated", { id: `updated.${at}`, at, facts: { changed, updated_by: by } });
  const quarantine = before.quarantine === undefined ? after.quarantine : undefined;
  const events = [updated, ...(quarantine === undefined ? [] : [confined(quarantine, at)])];
  if (changed.length > 0) await saveAgent(agents, after, events);
}

/** The card, when calls can go where it says: an agent that nobody can call is no help to any task. */
async function findCard(
  { a2a }: RegistrationDeps,
  source: { endpoint: string; card?: unknown } & Pick<AgentRegistration, "extensions" | "card_signature" | "tls">,
): Promise<FoundCard> {
  const { endpoint } = source;
  const field = source.card === undefined ? "body.endpoint" : "body.card";
  try {
    const trust = cardTrustOf(source.card_signature);
    const found = source.card === undefined ? await a2a.fetchAgentCard(endpoint, { trust, tls: source.tls }) : await readGiven(a2a, { endpoint, raw: source.card, trust });
    const target = a2a.callTarget(endpoint, found.card);
    // Whoever served the card is there; another host may not be. An agent whose card is given may come later.
    if (source.card === undefined && target.origin !== URL.parse(endpoint)?.origin) await knock(a2a, { ...source, raw: found.raw, target });
    return found;
  } catch (error) {
    if (!(error instanceof OrchestratorError) || error instanceof InvalidRequestError) throw error;
    throw new InvalidRequestError([{ field, message: error.message }], { cause: error });
  }
}

async function readGiven(
  a2a: Pick<A2aClient, "trustedCard">,
  { endpoint, raw, trust }: { endpoint: string; raw: unknown; trust: CardTrust | undefined },
): Promise<FoundCard> {
  const card = trust === undefined ? readAgentCard(raw) : await a2a.trustedCard(endpoint, raw, trust);
  if (!("flaw" in card)) return { card, raw };
  throw new InvalidRequestError([{ field: "body.card", message: `is no agent card: ${card.flaw}` }]);
}

/** Asks for a task that cannot be there: any answer shows that the agent can be called. Without a credential a refusal is one. */
async function knock(
  a2a: Pick<A2aClient, "getTask">,
  { endpoint, raw, target, extensions = [], tls }: { endpoint: string; raw: unknown; target: URL } & Pick<AgentRegistration, "extensions" | "tls">,
): Promise<void> {
  try {
    const agent = { agentId: target.href, url: endpoint, card: raw, extensions: extensions.map(({ uri }) => uri), ...tls };
    await a2a.getTask(agent, "probe-registration", { timeoutMs: AGENT_LIMITS.probeTimeoutMs });
  } catch (error) {
    if (!(error instanceof AgentRefusedError)) throw error;
  }
}
