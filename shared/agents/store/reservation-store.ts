/**
 * Reservations of an agent's capacity: one row per agent, so that one condition guards one number.
 *
 * 1. `slots` is the sum of all reservations in the row, `h#<holder>` of one holder's. Both change in the write that
 *    adds or removes a reservation, under the condition that they stay within their quota: no overbooking, however
 *    many reserve at once, and no retries either.
 * 2. A reservation whose time is over still counts until somebody needs its place: then it is removed, under the
 *    condition that it is still there, so that it is given back once.
 */
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { GetCommand, UpdateCommand, type UpdateCommandInput } from "@aws-sdk/lib-dynamodb";
import { createHash } from "node:crypto";
import { AGENT_LIMITS } from "../limits.ts";
import { Reservation } from "../reservation.ts";
import type { AgentRef } from "./agent-store.ts";
import { vitalKey } from "./keys.ts";
import type { AgentStore } from "./vital-store.ts";

/** How much may be reserved: of the agent, and by one holder. */
export interface ReservationLimits {
  readonly slots: number;
  readonly slotsPerHolder: number;
}

/** What came of asking for capacity. */
export type Reserved =
  | { readonly outcome: "reserved" }
  /** How many slots are free now, for everybody and for this holder, and when the next reservation ends. */
  | {
      readonly outcome: "full";
      readonly free: number;
      readonly freeForHolder: number;
      readonly nextEnd: string | undefined;
    };

const RESERVATION = "r#";

/** Reserves slots, unless that would pass a limit. Reservations that are over make room. */
export async function reserveSlots(
  store: AgentStore,
  ref: AgentRef,
  { reservation, limits, now }: { reservation: Reservation; limits: ReservationLimits; now: number },
): Promise<Reserved> {
  if (await addReservation(store, ref, { reservation, limits })) return { outcome: "reserved" };
  const row = await loadRow(store, ref);
  for (const over of readReservations(row).filter((known) => !isCurrent(known, now)))
    await removeReservation(store, ref, over);
  if (await addReservation(store, ref, { reservation, limits })) return { outcome: "reserved" };
  return describeFull(readReservations(await loadRow(store, ref)), { reservation, limits, now });
}

/** Gives slots back. @returns nothing when there is no such reservation. */
export async function releaseSlots(
  store: AgentStore,
  ref: AgentRef,
  reservationId: string,
): Promise<Reservation | undefined> {
  const found = readReservations(await loadRow(store, ref)).find(({ reservation_id: id }) => id === reservationId);
  if (found === undefined) return undefined;
  return (await removeReservation(store, ref, found)) ? found : undefined;
}

/** Reservations of an agent that are not over. */
export async function listReservations(store: AgentStore, ref: AgentRef, now: number): Promise<Reservation[]> {
  return readReservations(await loadRow(store, ref)).filter((reservation) => isCurrent(reservation, now));
}

/** Reservations that a row holds, whether over or not. */
export function readReservations(row: Readonly<Record<string, unknown>> | undefined): Reservation[] {
  return Object.entries(row ?? {}).flatMap(([name, value]) =>
    name.startsWith(RESERVATION) ? (Reservation.safeParse(value).data ?? []) : [],
  );
}

/** Whether a reservation still holds. */
export const isCurrent = ({ expires_at: end }: Pick<Reservation, "expires_at">, now: number): boolean =>
  Date.parse(end) > now;

async function loadRow(store: AgentStore, { tenant, agentId }: AgentRef): Promise<Record<string, unknown> | undefined> {
  const Key = { ...vitalKey(tenant, "R", agentId) };
  return (await store.db.send(new GetCommand({ TableName: store.table, Key, ConsistentRead: true }))).Item;
}

/** Holders are texts of tokens: of any length, and with any letters. */
const holderAttribute = (holder: string): string =>
  `h#${createHash("sha256").update(holder).digest("base64url").slice(0, 16)}`;

function addReservation(
  store: AgentStore,
  ref: AgentRef,
  { reservation, limits }: { reservation: Reservation; limits: ReservationLimits },
): Promise<boolean> {
  const { slots, holder, reservation_id: id } = reservation;
  if (slots > limits.slots || slots > limits.slotsPerHolder) return Promise.resolve(false);
  const fits = (name: string, most: string): string => `(attribute_not_exists(${name}) OR ${name} <= ${most})`;
  return update(store, ref, {
    ConditionExpression: [fits("#slots", ":most"), fits("#holder", ":mostOfHolder"), fits("#count", ":mostCount")].join(
      " AND ",
    ),
    UpdateExpression: "SET #reservation = :reservation ADD #slots :slots, #holder :slots, #count :one",
    ExpressionAttributeNames: {
      "#slots": "slots",
      "#holder": holderAttribute(holder),
      "#count": "count",
      "#reservation": `${RESERVATION}${id}`,
    },
    ExpressionAttributeValues: {
      ":reservation": reservation,
      ":slots": slots,
      ":one": 1,
      ":most": limits.slots - slots,
      ":mostOfHolder": limits.slotsPerHolder - slots,
      ":mostCount": AGENT_LIMITS.reservationsPerAgent - 1,
    },
  });
}

function removeReservation(
  store: AgentStore,
  ref: AgentRef,
  { reservation_id: id, slots, holder }: Reservation,
): Promise<boolean> {
  return update(store, ref, {
    ConditionExpression: "attribute_exists(#reservation)",
    UpdateExpression: "REMOVE #reservation ADD #slots :less, #holder :less, #count :one",
    ExpressionAttributeNames: {
      "#slots": "slots",
      "#holder": holderAttribute(holder),
      "#count": "count",
      "#reservation": `${RESERVATION}${id}`,
    },
    ExpressionAttributeValues: { ":less": -slots, ":one": -1 },
  });
}

/** @returns whether the condition held. */
async function update(
  store: AgentStore,
  { tenant, agentId }: AgentRef,
  write: Omit<UpdateCommandInput, "TableName" | "Key">,
): Promise<boolean> {
  try {
    await store.db.send(
      new UpdateCommand({ TableName: store.table, Key: { ...vitalKey(tenant, "R", agentId) }, ...write }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

function describeFull(
  known: readonly Reservation[],
  { reservation, limits, now }: { reservation: Reservation; limits: ReservationLimits; now: number },
): Reserved {
  const current = known.filter((other) => isCurrent(other, now));
  const sum = (those: readonly Reservation[]): number => those.reduce((total, { slots }) => total + slots, 0);
  const own = current.filter(({ holder }) => holder === reservation.holder);
  const [nextEnd] = current.map(({ expires_at: end }) => end).sort();
  return {
    outcome: "full",
    free: Math.max(0, limits.slots - sum(current)),
    freeForHolder: Math.max(0, limits.slotsPerHolder - sum(own)),
    nextEnd,
  };
}
