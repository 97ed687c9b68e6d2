import { describe, expect, it } from "vitest";
import { loadOccupancy, loadCrowd, pruneQueues } from "../../../../shared/execution/store/admission-store.ts";
import { commitExecution } from "../../../../shared/execution/store/execution-store.ts";
import { sizeOf } from "../../../../shared/execution/admission/admission.ts";
import { admitWaiting } from "../../../../shared/execution/run/admit.ts";
import { boostPriority, cancelExecution } from "../../../../shared/execution/control/control-execution.ts";
import { redriveExecution } from "../../../../shared/execution/control/rerun.ts";
import { finishExecution } from "../../../../shared/execution/run/finish-execution.ts";
import { AdmissionWorld, idOf } from "../../../fixtures/runtime/admission-world.ts";
import { TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { finished } from "../../../../shared/execution/lifecycle/execution-transitions.ts";

describe("steering", () => {
  const by = (execution: string) => ({ tenant: TENANT, execution, by: "ann" });

  it("cancels one that waits, and starts the next when it cancels one that runs", async () => {
    const world = new AdmissionWorld({ perTenant: 1 });
    for (let index = 0; index < 3; index += 1) await world.submit();
    await cancelExecution(world.control.deps, by(idOf(2)));
    await cancelExecution(world.control.deps, by(idOf(1)));
    expect(world.statuses()).toEqual(["cancelled", "cancelled", "submitted"]);
    await world.audit();
  });

  it("moves one that waits up the queue", async () => {
    const world = new AdmissionWorld({ perTenant: 1 });
    for (let index = 0; index < 3; index += 1) await world.submit();
    expect(await boostPriority(world.control.deps, by(idOf(3)))).toMatchObject({ status: "queued", priority: "high" });
    await world.audit();
    await world.finish(idOf(1));
    expect(world.statuses()).toEqual(["completed", "queued", "submitted"]);
  });

  it("has one that is started over wait for a slot again, and its time begin when it starts", async () => {
    const world = new AdmissionWorld({ perTenant: 1 });
    await world.submit();
    await finishExecution(world.runtime, world.head(idOf(1)), { to: "failed" });
    await world.submit();
    const again = await redriveExecution(world.control.deps, by(idOf(1)));
    expect(again).toMatchObject({ status: "queued", run: 2 });
    await world.audit();
    await world.finish(idOf(2));
    expect(world.head(idOf(1))).toMatchObject({ status: "submitted", run: 2 });
    expect(world.head(idOf(1)).deadlineAt).toBeUndefined();
    expect(world.started()).toEqual([`${idOf(1)}-r1`, `${idOf(2)}-r1`, `${idOf(1)}-r2`]);
    await world.audit();
  });

  it("starts one over at once when there is a slot", async () => {
    const world = new AdmissionWorld({ perTenant: 1 });
    await world.submit();
    await finishExecution(world.runtime, world.head(idOf(1)), { to: "failed" });
    expect(await redriveExecution(world.control.deps, by(idOf(1)))).toMatchObject({ status: "submitted", run: 2 });
    await world.audit();
  });
});

describe("whoever is killed at any call", () => {
  /** Runs `act` with the process dying before (or after) its n-th call, for every n; the sweep follows. */
  async function killEverywhere(prepare: (world: AdmissionWorld) => Promise<unknown>, act: (world: AdmissionWorld) => Promise<unknown>): Promise<string[][]> {
    const ends: string[][] = [];
    for (let fatal = 0; ; fatal += 1) {
      for (const when of ["onSend", "onSent"] as const) {
        const world = new AdmissionWorld({ perTenant: 1 });
        await prepare(world);
        let calls = 0;
        world.runtime.tables[when] = () => {
          if (calls++ >= fatal) throw new Error("killed");
        };
        const survived = await act(world).then(() => true, () => false);
        world.runtime.tables[when] = () => {};
        await world.audit();
        await admitWaiting({ ...world.deps, startRun: async () => {} });
        await world.audit();
        ends.push(world.statuses());
        if (survived && when === "onSent") return ends;
      }
    }
  }

  it("leaves counters that agree with what is on record, and the sweep starts who waits", async () => {
    const ends = await killEverywhere(
      async (world) => {
        for (let index = 0; index < 3; index += 1) await world.submit();
      },
      (world) => world.finish(idOf(1)),
    );
    // Killed before the end was on record, or after: then exactly one other runs.
    expect(new Set(ends.map((end) => end.join()))).toEqual(new Set(["submitted,queued,queued", "completed,submitted,queued"]));
  });

  it("has recorded a submission with its place, or not at all", async () => {
    const ends = await killEverywhere((world) => world.submit(), (world) => world.submit());
    expect(new Set(ends.map((end) => end.join()))).toEqual(new Set(["submitted", "submitted,queued"]));
  });
});

describe("the counters of queues", () => {
  it("are dropped by the sweep once they are empty", async () => {
    const world = new AdmissionWorld({ perTenant: 1 });
    await world.submit();
    await world.submit();
    await world.finish(idOf(1));
    expect([...world.runtime.tables.rows.values()].filter(({ sk }) => String(sk).startsWith("Q#"))).toHaveLength(1);
    await pruneQueues(world.runtime.executions);
    expect([...world.runtime.tables.rows.values()].filter(({ sk }) => String(sk).startsWith("Q#"))).toHaveLength(0);
  });

  it("stay while somebody waits", async () => {
    const world = new AdmissionWorld({ perTenant: 1 });
    await world.submit();
    await world.submit();
    expect([...(await loadCrowd(world.runtime.executions)).waiting.keys()]).toEqual([TENANT]);
    await world.audit();
  });
});

describe("executions from before there were slots", () => {
  it("end without freeing any", async () => {
    const world = new AdmissionWorld();
    const execution = await world.runtime.submit({ status: "running" });
    const transition = finished(execution, { to: "failed", at: execution.submittedAt });
    expect(await commitExecution(world.runtime.executions, { transition })).toBe("written");
    expect(sizeOf(await loadOccupancy(world.runtime.executions))).toBe(0);
  });
});
