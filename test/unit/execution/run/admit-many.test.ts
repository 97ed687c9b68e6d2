import { describe, expect, it } from "vitest";
import { admitWaiting, recordAdmitted } from "../../../../shared/execution/run/admit.ts";
import { AdmissionWorld, idOf } from "../../../fixtures/runtime/admission-world.ts";
import { headRow } from "../../../fixtures/runtime/head-rows.ts";
import { TENANT } from "../../../fixtures/runtime/memory-runtime.ts";

/** A tenant with one execution under way and so many that wait. */
async function waiting(count: number): Promise<AdmissionWorld> {
  const world = new AdmissionWorld({ perTenant: 1 });
  for (let index = 0; index <= count; index += 1) await world.submit();
  return world;
}
const limit = (world: AdmissionWorld, more: object): void => void Object.assign(world.runtime.admission, more);
const queued = (world: AdmissionWorld): number => world.statuses().filter((status) => status === "queued").length;

describe("a submission that others take every slot from", () => {
  /** So many looks show a slot that is gone when it is to be taken; those after them show a queue that is full. */
  async function tried(looks: number, more: { isUnrefusable?: boolean; waiting?: number } = {}) {
    const { deps } = await waiting(0);
    const none = new Map<number, number>();
    let left = looks;
    const picture = async () => ({ own: none, all: none, waiting: (left -= 1) >= 0 ? 0 : (more.waiting ?? 1_000_000) });
    const wanted = headRow({ executionId: idOf(99), status: "submitted" });
    if (wanted.status !== "submitted") throw new Error("it is not submitted");
    const applicant = { tenant: TENANT, executionId: idOf(99), priority: "medium" as const, isUnrefusable: more.isUnrefusable ?? false };
    const taken = await recordAdmitted({ ...deps, picture }, { ...applicant, describe: async () => wanted });
    return taken.kind === "recorded" ? taken.execution.status : taken.kind;
  }

  it("waits after its twelfth try", async () => {
    expect(await tried(12)).toBe("queued");
    expect(await tried(1, { waiting: 1 })).toBe("queued");
  });

  it("is refused when the queue is full by then, unless nobody could try again", async () => {
    expect(await tried(11)).toBe("refuse");
    expect(await tried(11, { isUnrefusable: true })).toBe("queued");
  });
});

describe("a submission that looks for a slot", () => {
  async function looks({ remembered, fresh }: { remembered: number; fresh: number }) {
    const { deps } = await waiting(0);
    const asked: boolean[] = [];
    const picture = async (_: string, how: { fresh: boolean }) => {
      asked.push(how.fresh);
      return { own: new Map(Array.from({ length: how.fresh ? fresh : remembered }, (_none, shard) => [shard, 1])), all: new Map<number, number>(), waiting: 0 };
    };
    const wanted = headRow({ executionId: idOf(99), status: "submitted" });
    if (wanted.status !== "submitted") throw new Error("it is not submitted");
    const applicant = { tenant: TENANT, executionId: idOf(99), priority: "medium" as const, isUnrefusable: false };
    const admission = { ...deps.admission, perTenant: 2 };
    const taken = await recordAdmitted({ ...deps, admission, picture }, { ...applicant, describe: async () => wanted });
    return { asked, status: taken.kind === "recorded" ? taken.execution.status : taken.kind };
  }

  it("starts by what is remembered where that shows one", async () => {
    expect(await looks({ remembered: 1, fresh: 0 })).toEqual({ asked: [false], status: "submitted" });
  });

  it("looks again before it waits", async () => {
    expect(await looks({ remembered: 2, fresh: 1 })).toEqual({ asked: [false, true], status: "submitted" });
    expect(await looks({ remembered: 2, fresh: 2 })).toEqual({ asked: [false, true], status: "queued" });
  });

  it("goes by what is there, once what was remembered has misled it", async () => {
    const { asked, status } = await looks({ remembered: 0, fresh: 2 });
    expect(asked[0]).toBe(false);
    expect(asked.slice(1).every(Boolean)).toBe(true);
    expect(["submitted", "queued"]).toContain(status);
  });
});

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
    world.runtime.tables.calls.length = 0;
    expect(await admitWaiting(world.runtime)).toBe(0);
    // Of the first that waits the head is read; of those behind it in a full tenant's queue nothing is.
    expect(world.runtime.tables.calls.length).toBeLessThan(12);
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
