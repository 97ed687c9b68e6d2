import { DeleteCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { queryAll, type Table } from "../aws/query.ts";
import { TooManyStreamsError } from "../core/errors.ts";
import type { Caller } from "./caller.ts";

/** Where open streams are counted, and how many there may be. */
export interface StreamPlaces extends Table {
  readonly most: { readonly perSubject: number; readonly perTenant: number };
  readonly now: () => Date;
  readonly newId: () => string;
}

/** What a function that holds streams is told of them. */
export const StreamPlacesVariables = {
  CONTROL_TABLE: z.string().min(1),
  STREAMS_PER_SUBJECT: z.coerce.number().int().positive(),
  STREAMS_PER_TENANT: z.coerce.number().int().positive(),
};

/** The places that a function's variables tell of. */
export const streamPlaces = (
  env: z.output<z.ZodObject<typeof StreamPlacesVariables>>,
  deps: Pick<StreamPlaces, "db" | "now" | "newId">,
): StreamPlaces => ({
  ...deps,
  table: env.CONTROL_TABLE,
  most: { perSubject: env.STREAMS_PER_SUBJECT, perTenant: env.STREAMS_PER_TENANT },
});

/** Longer than any stream lasts: a place whose holder died is free again by then. */
const LEASE_SECONDS = 900;
/** A reader that is turned away comes back then. */
const RETRY_SECONDS = 30;

const Place = z.object({ subject: z.string(), expiresAt: z.number() });

/**
 * Takes one of the places that a tenant and each of its subjects have for open streams. A stream that is held open
 * occupies a function, so one tenant's must not be all there are.
 *
 * Places are written before they are counted: of those who come at once too many may be turned away, never too few.
 *
 * @returns gives the place back.
 * @throws {TooManyStreamsError} all of them are taken.
 */
export async function takeStreamPlace(places: StreamPlaces, { tenant, subject }: Pick<Caller, "tenant" | "subject">): Promise<() => Promise<void>> {
  const { db, table: TableName, most } = places;
  const Key = { pk: `T#${tenant}#STREAMS`, sk: places.newId() };
  const now = Math.floor(places.now().getTime() / 1000);
  const leave = async (): Promise<void> => void (await db.send(new DeleteCommand({ TableName, Key })));
  await db.send(new PutCommand({ TableName, Item: { ...Key, subject, expiresAt: now + LEASE_SECONDS } }));
  const rows = await queryAll(places, {
    KeyConditionExpression: "pk = :pk",
    ExpressionAttributeValues: { ":pk": Key.pk },
    ConsistentRead: true,
  });
  const held = rows.map((row) => Place.parse(row)).filter(({ expiresAt }) => expiresAt > now);
  const own = held.filter((place) => place.subject === subject).length;
  if (own <= most.perSubject && held.length <= most.perTenant) return leave;
  await leave();
  const whose = own > most.perSubject ? `you have ${most.perSubject}` : `the tenant has ${most.perTenant}`;
  throw new TooManyStreamsError(`${whose} open streams already; close one, or ask for the status now and then`, RETRY_SECONDS);
}
