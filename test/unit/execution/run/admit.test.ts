import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadOccupancy } from "../../../../shared/execution/store/admission-store.ts";
import { sizeOf } from "../../../../shared/execution/admission/admission.ts";
import { randomStream } from "../../../../shared/core/random-stream.ts";
import { AdmissionWorld, idOf } from "../../../fixtures/runtime/admission-world.ts";

describe("submitting", () => {
  it("starts as many as a tenant may have under way, and has the rest wait", async () => {
    const world = new AdmissionWorld();
    for (let index = 0; index < 4; index += 1) await world.submit();
    expect(world.statuses()).toEqual(["submitted", "submitted", "queued", "queued"]);
    expect(world.started()).toEqual([`${idOf(1)}-r1`, `${idOf(2)}-r1`]);
    await world.audit();
  });

  it("leaves the others their slots when one tenant has all of its own", async () => {
    const world = new AdmissionWorld({ total: 3 });
    for (let index = 0; index < 4; index += 1) await world.submit();
    await world.submit("medium", { tenant: "other" });
    await world.submit("medium", { tenant: "other" });
    expect([world.statuses(), world.statuses("other")]).toEqual([["submitted", "submitted", "queued", "queued"], ["submitted", "queued"]]);
    await world.audit();
  });

  it("never starts more than the limit, however many come at once and whatever they see", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 25 }), fc.integer(), async (perTenant, count, seed) => {
        const world = new AdmissionWorld({ perTenant, total: 18 });
        world.draws = randomStream(seed);
        await Promise.all(Array.from({ length: count }, () => world.submit()));
        expect(world.statuses().filter((status) => status === "submitted")).toHaveLength(Math.min(count, perTenant, 18));
        await world.audit();
      }),
      { numRuns: 30 },
    );
  });

  it("looks at no counter while there are slots, of however many tenants a burst is", async () => {
    const world = new AdmissionWorld({ perTenant: 50 });
    for (const tenant of ["acme", "other", "acme"]) await world.submit("medium", { tenant });
    expect(world.runtime.tables.calls.filter((name) => name === "QueryCommand")).toEqual([]);
    await world.audit();
  });

  it("looks before it waits or is refused, whatever was not looked at before", async () => {
    const world = new AdmissionWorld({ total: 1, perTenant: 1, queue: 1 });
    const statuses = [];
    for (const tenant of ["acme", "other"]) statuses.push((await world.submit("low", { tenant })).status);
    expect(statuses).toEqual(["submitted", "queued"]);
    await expect(world.submit("low", { tenant: "other" })).rejects.toMatchObject({ name: "QueueFull" });
    await world.audit();
  });

  it("with a known key finds the first execution even when the queue is full", async () => {
    const world = new AdmissionWorld({ perTenant: 1, queue: 1 });
    const first = await world.submit("low", { idempotencyKey: "k" });
    await world.submit("low");
    await expect(world.submit("low")).rejects.toMatchObject({ name: "QueueFull" });
    expect((await world.submit("low", { idempotencyKey: "k" })).executionId).toBe(first.executionId);
    await world.audit();
  });

  it("refuses low priority when the queue is full, says how long to wait, and keeps nothing of it", async () => {
    const world = new AdmissionWorld({ perTenant: 1, queue: 1 });
    await world.submit("low");
    await world.submit("low");
    const rows = world.runtime.tables.rows.size;
    await expect(world.submit("low", { input: "x".repeat(60_000) })).rejects.toMatchObject({
      // Estimated at 30 s each, one after another: one starts in 30 s, the one behind it in a minute.
      retryAfterSeconds: 30,
      facts: { queue_status: { pending_workflows: 1, max_queue_size: 1, estimated_wait_time_minutes: 1 } },
    });
    expect([world.runtime.tables.rows.size, world.runtime.bucket.objects.size]).toEqual([rows, 0]);
    expect((await world.submit("high")).status).toBe("queued");
    await expect(world.submit("critical")).rejects.toMatchObject({ name: "QueueFull" });
    // What an event starts has nobody who could try again.
    expect((await world.submit("low", { isUnrefusable: true })).status).toBe("queued");
  });

  it("takes no slot for an execution that runs as a task of another", async () => {
    const world = new AdmissionWorld({ perTenant: 1 });
    const parent = await world.submit();
    const under = { executionId: idOf(77), parent: { execution: parent.executionId, task: "a", attempt: 1 }, depth: 1 };
    expect((await world.submit("medium", { under })).status).toBe("submitted");
    await world.finish(idOf(77));
    expect(sizeOf(await loadOccupancy(world.runtime.executions))).toBe(1);
  });
});

describe("an end", () => {
  it("starts who waits, the most urgent first, then the oldest", async () => {
    const world = new AdmissionWorld({ perTenant: 1 });
    for (const priority of ["medium", "low", "medium", "critical", "high"] as const) await world.submit(priority);
    for (let ends = 0; ends < 5; ends += 1) {
      const running = world.heads().find(({ status }) => status === "submitted");
      await world.finish(running?.executionId ?? "");
    }
    expect(world.started()).toEqual([1, 4, 5, 3, 2].map((index) => `${idOf(index)}-r1`));
    await world.audit();
  });

  it("starts the most urgent of any tenant that has a slot left", async () => {
    const world = new AdmissionWorld({ perTenant: 1, total: 1 });
    await world.submit("medium");
    await world.submit("critical");
    await world.submit("high", { tenant: "other" });
    await world.submit("low", { tenant: "other" });
    await world.finish(idOf(1));
    await world.finish(idOf(2));
    expect(world.started()).toEqual([1, 2, 3].map((index) => `${idOf(index)}-r1`));
    await world.audit();
  });

  it("frees one slot when it is told of twice", async () => {
    const world = new AdmissionWorld({ perTenant: 1 });
    await world.submit();
    await Promise.all([world.finish(idOf(1)), world.finish(idOf(1))]);
    await world.audit();
  });

  it("makes place for one that came in the same moment", async () => {
    const world = new AdmissionWorld({ perTenant: 1 });
    await world.submit();
    await Promise.all([world.finish(idOf(1)), world.submit(), world.submit()]);
    expect(world.statuses().sort()).toEqual(["completed", "queued", "submitted"]);
    await world.audit();
  });
});
