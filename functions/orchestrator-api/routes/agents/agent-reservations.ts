import { loadAgent, newAgentEvent } from "../../../../shared/agents/store/agent-store.ts";
import { appendAgentEvent } from "../../../../shared/agents/store/agent-events-store.ts";
import { listReservations, releaseSlots, reserveSlots } from "../../../../shared/agents/store/reservation-store.ts";
import { ConflictError, NotFoundError } from "../../../../shared/core/errors.ts";
import type { Agent } from "../../../../shared/agents/agent.ts";
import { type Reservation, ReservationRequest } from "../../../../shared/agents/reservation.ts";
import { ReservationList, ReservationMade } from "../../../../shared/agents/views/reservations.ts";
import { type ApiDeps, NO_BODY, param, route } from "../../route.ts";

const reserve = route({
  method: "POST",
  path: "/api/v1/agents/{agent_id}/reserve",
  operationId: "reserveAgent",
  summary: "Keep capacity of an agent free for a while; it comes back by itself",
  permission: "agent:reserve",
  body: ReservationRequest,
  reply: ReservationMade,
  status: 201,
  refusals: [409],
  run: async ({ deps, caller, body, ...request }) => {
    const ref = { tenant: caller.tenant, agentId: param(request, "agent_id") };
    const agent = await loadAgent(deps.agents, ref.tenant, ref.agentId);
    checkReservable(agent);
    const reservation = newReservation(deps, caller.subject, body);
    const slots = Math.min(
      agent.reservation_quota?.max_slots ?? agent.max_concurrent_tasks,
      agent.max_concurrent_tasks,
    );
    const limits = { slots, slotsPerHolder: Math.min(agent.reservation_quota?.max_slots_per_holder ?? slots, slots) };
    const result = await reserveSlots(deps.agents, ref, { reservation, limits, now: deps.now().getTime() });
    if (result.outcome === "full") {
      const until = result.nextEnd === undefined ? "" : `; the next reservation ends ${result.nextEnd}`;
      const own = result.freeForHolder < result.free ? `, ${result.freeForHolder} for you` : "";
      throw new ConflictError(
        `agent '${ref.agentId}' has ${result.free} of ${limits.slots} slots free${own}, not ${body.slots}${until}`,
      );
    }
    await tellReserved(deps, ref, reservation);
    return {
      body: { agent_id: ref.agentId, status: "reserved" as const, ...reservation },
      headers: { location: `/api/v1/agents/${ref.agentId}/reservations` },
    };
  },
});

function checkReservable({ agent_id: id, status, quarantine }: Agent): void {
  if (quarantine !== undefined) throw new ConflictError(`agent '${id}' is in quarantine`);
  if (status === "ACTIVE" || status === "DEGRADED") return;
  throw new ConflictError(`agent '${id}' is ${status.toLowerCase()}`);
}

function newReservation(
  { now, newId }: ApiDeps,
  holder: string,
  { duration_minutes: minutes, ...wish }: ReservationRequest,
): Reservation {
  const at = now();
  const end = new Date(at.getTime() + minutes * 60_000);
  const { execution_id: execution, resource_requirements: resources, slots } = wish;
  return {
    reservation_id: newId("rsv"),
    slots,
    holder,
    ...(execution === undefined ? {} : { execution_id: execution }),
    ...(resources === undefined ? {} : { resource_requirements: resources }),
    created_at: at.toISOString(),
    expires_at: end.toISOString(),
  };
}

function tellReserved(
  deps: ApiDeps,
  ref: { tenant: string; agentId: string },
  reservation: Reservation,
): Promise<void> {
  const { reservation_id: id, slots, holder, expires_at, created_at: at } = reservation;
  const facts = { reservation_id: id, slots, holder, expires_at };
  return appendAgentEvent(deps.agents, ref, newAgentEvent("agent.reserved", { id: `reserved.${id}`, at, facts }));
}

const reservations = route({
  method: "GET",
  path: "/api/v1/agents/{agent_id}/reservations",
  operationId: "listReservations",
  summary: "Reservations of an agent that hold now",
  permission: "agent:read",
  reply: ReservationList,
  status: 200,
  run: async ({ deps, caller, ...request }) => {
    const ref = { tenant: caller.tenant, agentId: param(request, "agent_id") };
    await loadAgent(deps.agents, ref.tenant, ref.agentId);
    return { body: { reservations: await listReservations(deps.agents, ref, deps.now().getTime()) } };
  },
});

const releaseReservation = route({
  method: "DELETE",
  path: "/api/v1/agents/{agent_id}/reservations/{reservation_id}",
  operationId: "releaseReservation",
  summary: "Give reserved capacity back before its time",
  permission: "agent:reserve",
  reply: NO_BODY,
  status: 204,
  run: async ({ deps, caller, ...request }) => {
    const ref = { tenant: caller.tenant, agentId: param(request, "agent_id") };
    const id = param(request, "reservation_id");
    const released = await releaseSlots(deps.agents, ref, id);
    if (released === undefined) throw new NotFoundError("reservation", id);
    const at = deps.now().toISOString();
    const facts = { reservation_id: id, slots: released.slots };
    await appendAgentEvent(
      deps.agents,
      ref,
      newAgentEvent("agent.reservation_released", { id: `unreserved.${id}`, at, facts }),
    );
    return { body: undefined };
  },
});

/** Capacity that is kept free. */
export const AGENT_RESERVATION_ROUTES = [reserve, reservations, releaseReservation];
