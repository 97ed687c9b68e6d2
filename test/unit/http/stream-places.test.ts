import { describe, expect, it } from "vitest";
import { TooManyStreamsError } from "../../../shared/core/errors.ts";
import { problemOf } from "../../../shared/http/problem.ts";
import { type StreamPlaces, takeStreamPlace } from "../../../shared/http/stream-places.ts";
import { MemoryTables } from "../../fixtures/runtime/memory-table.ts";

const START = Date.parse("2026-11-29T10:00:00.000Z");
const ANN = { tenant: "acme", subject: "ann" };
const BOB = { tenant: "acme", subject: "bob" };
const EVE = { tenant: "other", subject: "ann" };

function placesOf(perSubject: number, perTenant: number): StreamPlaces & { time: number } {
  let id = 0;
  const places = {
    db: new MemoryTables().client,
    table: "control",
    most: { perSubject, perTenant },
    time: START,
    now: () => new Date(places.time),
    newId: () => `place-${(id += 1)}`,
  };
  return places;
}

describe("places for streams", () => {
  it("are a subject's own up to its limit, and free again when given back", async () => {
    const places = placesOf(2, 10);
    const leave = await takeStreamPlace(places, ANN);
    await takeStreamPlace(places, ANN);
    await expect(takeStreamPlace(places, ANN)).rejects.toThrow("you have 2 open streams already");
    await takeStreamPlace(places, BOB);
    await leave();
    await takeStreamPlace(places, ANN);
  });

  it("are a tenant's together, and no business of another tenant", async () => {
    const places = placesOf(10, 2);
    await takeStreamPlace(places, ANN);
    await takeStreamPlace(places, BOB);
    await expect(takeStreamPlace(places, BOB)).rejects.toThrow("the tenant has 2 open streams already");
    await takeStreamPlace(places, EVE);
  });

  it("of a holder that died are free after a quarter of an hour", async () => {
    const places = placesOf(1, 1);
    await takeStreamPlace(places, ANN);
    places.time += 899_000;
    await expect(takeStreamPlace(places, ANN)).rejects.toThrow(TooManyStreamsError);
    places.time += 2000;
    await takeStreamPlace(places, ANN);
  });

  it("are never more than there may be, however many come at once", async () => {
    const places = placesOf(3, 3);
    const taken = await Promise.allSettled(Array.from({ length: 20 }, () => takeStreamPlace(places, ANN)));
    expect(taken.filter(({ status }) => status === "fulfilled").length).toBeLessThanOrEqual(3);
  });

  it("that are taken are told as 429 with the time to come back", async () => {
    const places = placesOf(0, 0);
    const refusal = await takeStreamPlace(places, ANN).catch(problemOf);
    expect(refusal).toMatchObject({ statusCode: 429, headers: { "retry-after": "30" } });
  });
});
