import { describe, expect, it } from "vitest";
import { admitWaiting } from "../../../../shared/execution/run/admit.ts";
import { AdmissionWorld, idOf } from "../../../fixtures/runtime/admission-world.ts";

/** A tenant with one execution under way and so many that wait. */
async function waiting(count: number): Promise<AdmissionWorld> {
  const world = new AdmissionWorld({ perTenant: 1 });
  for (let index = 0; index <= count; index += 1) await world.submit();
  return world;
}
const limit = (world: AdmissionWorld, more: object): void => void Object.assign(world.runtime.admission, more);
const queued = (world: AdmissionWorld): number => world.statuses().filter((status) => status === "queued").length;

describe("slots that come free", () => {
  it("are given to all who wait, also beyond the first page of a queue, and it is said how many", async () => {
    const world = await waiting(60);
    limit(world, { perTenant: 100 });
    expect(await admitWaiting(world.runtime)).toBe(60);
    expect(queued(world)).toBe(0);
    await world.audit();
  });

  it("are given to as many as there are", async () => {
    const world = await waiting(60);
    limit(world, { perTenant: 31 });
    expect(await admitWaiting(world.runtime)).toBe(30);
    expect(queued(world)).toBe(30);
    await world.audit();
  });

  it("are asked for once when there are none", async () => {
    const world = await waiting(30);
    expect(await admitWaiting(world.runtime)).toBe(0);
    limit(world, { total: 1 });
    expect(await admitWaiting(world.runtime)).toBe(0);
    expect(queued(world)).toBe(30);
  });

  it("are not given to one that is about to change its course", async () => {
    const world = await waiting(2);
    const key = [...world.runtime.tables.rows.keys()].find((found) => found.endsWith(`${idOf(2)} META`)) ?? "";
    world.runtime.tables.rows.set(key, { ...world.runtime.tables.rows.get(key), pending: { id: "p", run: 1 } });
    limit(world, { perTenant: 100 });
    expect(await admitWaiting(world.runtime)).toBe(1);
    expect([world.head(idOf(2)).status, world.head(idOf(3)).status]).toEqual(["queued", "submitted"]);
  });
});
