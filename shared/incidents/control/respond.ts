import type { AgentDirectory } from "../../agents/pool/agent-directory.ts";
import { agentsInView } from "../../agents/pool/agents-in-view.ts";
import type { AgentStore } from "../../agents/store/agent-store.ts";
import { moveBreaker } from "../../agents/store/breaker-store.ts";
import { quarantineFor, releaseFrom } from "../../agents/store/quarantine-store.ts";
import { ConflictError, InvalidRequestError, NotFoundError } from "../../core/errors.ts";
import type { Incident } from "../incident.ts";
import type { Stamp } from "../incident-moves.ts";
import { type AgentGround, type Guard, type IncidentResponse, planResponse, responseIdOf, type ResponseType } from "../response.ts";
import { loadIncident } from "../store/incident-store.ts";
import { actOnIncident, type IncidentDeps } from "./incident-control.ts";

/** What responding stands on. */
export interface RespondDeps extends IncidentDeps {
  readonly agents: AgentStore;
  readonly directory: AgentDirectory;
}

/** What somebody wants done about an incident. */
export interface ResponseWish extends Stamp {
  readonly type: ResponseType;
  /** @default - the agent that the incident is about */
  readonly agentId?: string | undefined;
  /** Although a guard says no. */
  readonly force: boolean;
  /** Says what it would change, and changes nothing. */
  readonly dryRun: boolean;
}

/** A response, or what it would be. */
export interface Responded {
  readonly response: Omit<IncidentResponse, "status"> & { readonly status: IncidentResponse["status"] | "planned" };
  readonly guards: readonly Guard[];
}

interface Place {
  readonly tenant: string;
  readonly id: string;
}

/**
 * Does something about an incident. It is put on record before it is done, with what was there before; asking again finishes
 * what was cut off, and does nothing that was done.
 *
 * @throws {InvalidRequestError} the deployment cannot do this, or it is not said to which agent.
 * @throws {ConflictError} a guard says no; the message says which and why.
 * @throws {IllegalMoveError} the incident is over.
 */
export async function respond(deps: RespondDeps, place: Place, wish: ResponseWish): Promise<Responded> {
  const { type, at, by } = wish;
  if (type !== "agent_quarantine" && type !== "circuit_breaker") {
    throw refuse("response_type", `'${type}' is not offered: nothing in this deployment does it; agent_quarantine and circuit_breaker are`);
  }
  const incident = await loadIncident(deps.control, place.tenant, place.id);
  const target = wish.agentId ?? agentIn(incident);
  if (target === undefined) throw refuse("parameters.agent_id", "is needed: the incident is about no agent");
  const { plan, guards } = await look(deps, place.tenant, { type, target });
  const response_id = responseIdOf(place.id, { type, target, earlier: incident.response_actions });
  const response: IncidentResponse = { response_id, response_type: type, status: "started", target, at, by, plan: [...plan] };
  if (wish.dryRun) return { response: { ...response, status: "planned" }, guards };
  const known = incident.response_actions.find((each) => each.response_id === response_id);
  if (known?.status === "completed") return { response: known, guards };
  const failing = guards.filter(({ passed }) => !passed);
  if (known === undefined && failing.length > 0 && !wish.force) {
    throw new ConflictError(`${failing.map(({ detail }) => detail).join("; ")}: say force if it is to be done all the same`);
  }
  if (known === undefined) await actOnIncident(deps, place, { act: { edge: "response_began", response, text: describe(response) }, at, by });
  const begun = known ?? response;
  await perform(deps, place, begun);
  const done: IncidentResponse = { ...begun, status: "completed" };
  await actOnIncident(deps, place, { act: { edge: "response_completed", response: done, text: describe(done) }, at, by });
  return { response: done, guards };
}

/**
 * Puts on record that the detector would have acted, and what kept it from that.
 *
 * @throws {IllegalMoveError} the incident is over.
 */
export async function refuseResponse(
  deps: RespondDeps,
  place: Place,
  { type, target, why, at, by }: Stamp & { readonly type: ResponseType; readonly target: string; readonly why: string },
): Promise<void> {
  const { response_actions: earlier } = await loadIncident(deps.control, place.tenant, place.id);
  const response: IncidentResponse = { response_id: responseIdOf(place.id, { type, target, earlier }), response_type: type, status: "refused", target, at, by, plan: [] };
  await actOnIncident(deps, place, { act: { edge: "response_refused", response, text: `${describe(response)}: ${why}` }, at, by });
}

const refuse = (field: string, message: string): InvalidRequestError => new InvalidRequestError([{ field: `body.${field}`, message }]);

const describe = ({ response_type: type, target }: IncidentResponse): string => `${type} of ${target}`;

function agentIn({ context }: Incident): string | undefined {
  const agent = context?.["agent_id"];
  return typeof agent === "string" ? agent : undefined;
}

async function look({ directory }: RespondDeps, tenant: string, { type, target }: { type: "agent_quarantine" | "circuit_breaker"; target: string }) {
  directory.refreshSoon(tenant);
  const grounds = agentsInView(await directory.of(tenant)).map(
    ({ agent, isInService, breaker }): AgentGround => ({
      agentId: agent.agent_id,
      capabilities: agent.capabilities,
      isInService,
      quarantinedBy: agent.quarantine?.by,
      breaker,
    }),
  );
  const ground = grounds.find(({ agentId }) => agentId === target);
  if (ground === undefined) throw new NotFoundError("agent", target);
  return planResponse(type, ground, grounds);
}

/** Who keeps work from an agent, when an incident does. */
const keeperOf = (incident: string): string => `incident:${incident}`;

async function perform(deps: RespondDeps, { tenant, id }: Place, { response_type: type, target, response_id, at, by }: IncidentResponse): Promise<void> {
  const ref = { tenant, agentId: target };
  if (type === "circuit_breaker") return moveBreaker(deps.agents, ref, { to: "open", by, now: Date.parse(at) });
  await quarantineFor(deps.agents, ref, { id: response_id, keeper: keeperOf(id), reason: `incident ${id}`, at });
  deps.directory.refreshSoon(tenant);
}

/**
 * Undoes a response, as far as it is still its own: an agent that somebody else keeps in quarantine stays there, and a breaker
 * lets probes through first.
 *
 * @throws {NotFoundError} the incident has no such response.
 */
export async function revertResponse(deps: RespondDeps, place: Place, { responseId, at, by }: Stamp & { responseId: string }): Promise<Responded> {
  const incident = await loadIncident(deps.control, place.tenant, place.id);
  const known = incident.response_actions.find((each) => each.response_id === responseId);
  if (known === undefined) throw new NotFoundError("response", responseId);
  if (known.status === "reverted") return { response: known, guards: [] };
  await undo(deps, place, { ...known, at, by });
  const reverted: IncidentResponse = { ...known, status: "reverted" };
  await actOnIncident(deps, place, { act: { edge: "response_reverted", response: reverted, text: describe(reverted) }, at, by });
  return { response: reverted, guards: [] };
}

async function undo(deps: RespondDeps, { tenant, id }: Place, { response_type: type, target, response_id, at, by }: IncidentResponse): Promise<void> {
  const ref = { tenant, agentId: target };
  if (type === "circuit_breaker") return moveBreaker(deps.agents, ref, { to: "half_open", by, now: Date.parse(at) });
  await releaseFrom(deps.agents, ref, { id: response_id, keeper: keeperOf(id), reason: `incident ${id}`, at, by });
  deps.directory.refreshSoon(tenant);
}
