import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadOccupancy, loadPicture, waitingTenants } from "../../../shared/aws/admission.ts";
import { moveExecution, newEvent } from "../../../shared/aws/execution-store.ts";
import { sizeOf } from "../../../shared/domain/admission.ts";
import { randomStream } from "../../../shared/domain/monte-carlo.ts";
import { admitWaiting, type AdmitDeps } from "../../../shared/runtime/admit.ts";
import { cancelExecution, boostPriority } from "../../../shared/runtime/control/control-execution.ts";
import { redriveExecution } from "../../../shared/runtime/control/rerun.ts";
import { finishExecution } from "../../../shared/runtime/finish-execution.ts";
import { type Submission, type SubmitDeps, submitExecution } from "../../../shared/runtime/submit-execution.ts";
import { describeDefinition } from "../../../shared/domain/stored-definition.ts";
import { Execution } from "../../../shared/schemas/execution.ts";
import type { Priority } from "../../../shared/schemas/workflow-definition.ts";
import { controlOf } from "../../fixtures/runtime/memory-control.ts";
import { MemoryRuntime, planOf, START, task, TENANT } from "../../fixtures/runtime/memory-runtime.ts";

/** Executions of two tenants over memory, with a clock that each call moves on. */
class World {
  readonly runtime = new MemoryRuntime(planOf([task("a")]));
  readonly control = controlOf(this.runtime);
  #ids = 0;
  draws: () => number = () => 0;

  constructor(limits: Partial<AdmitDeps["admission"]> = {}) {
    this.runtime.admission = { total: 100, perTenant: 2, queue: 100, ...limits };
    Object.assign(this.control.deps, { admission: this.runtime.admission });
  }

  get deps(): SubmitDeps {
    const { executions, payloads, queues, admission, graphRunnerArn } = this.runtime;
    const newId = (): string => `exec_${String((this.#ids += 1)).padStart(10, "0")}`;
    return { executions, payloads, queues, admission, graphRunnerArn, sfn: this.control.deps.sfn, now: () => new Date((this.runtime.time += 1)), random: () => this.draws(), newId };
  }

  submit(priority: Priority = "medium", more: Partial<Submission> = {}): Promise<Execution> {
    const { tenant = TENANT } = more;
    const origin = { tenant, machineArn: "arn:aws:states:eu-central-1:1:stateMachine:m:1", createdAt: new Date(START).toISOString(), createdBy: "ann" };
    return submitExecution(this.deps, {
      tenant,
      subject: "ann",
      definition: describeDefinition(this.runtime.view.plan, origin),
      isPinned: false,
      runner: "machine",
      timeoutSeconds: undefined,
      input: {},
      priority,
      idempotencyKey: undefined,
      traceId: "trace_1",
      ...more,
    });
  }

  heads(tenant = TENANT): Execution[] {
    const heads = [...this.runtime.tables.rows.values()].filter(({ sk }) => sk === "META").map((row) => Execution.parse(row));
    return heads.filter((head) => head.tenant === tenant).sort((a, b) => (a.executionId < b.executionId ? -1 : 1));
  }

  head(id: string): Execution {
    const found = [TENANT, "other"].flatMap((tenant) => this.heads(tenant)).find(({ executionId }) => executionId === id);
    if (found === undefined) throw new Error(`no ${id}`);
    return found;
  }

  statuses(tenant = TENANT): string[] {
    return this.heads(tenant).map(({ status }) => status);
  }

  finish(id: string): Promise<unknown> {
    const startRun = async (execution: Execution): Promise<void> => void this.control.machines.set(`${execution.executionId}-r${execution.run}`, "RUNNING");
    return finishExecution({ ...this.runtime, startRun }, this.head(id), { to: "completed" });
  }

  started(): string[] {
    return [...this.control.machines.keys()];
  }

  /** What the counters say against what is on record; equal when nothing was lost or counted twice. */
  async audit(): Promise<void> {
    const all = [TENANT, "other"].flatMap((tenant) => this.heads(tenant));
    const holding = all.filter(({ slot }) => slot !== undefined);
    expect(sizeOf(await loadOccupancy(this.runtime.executions))).toBe(holding.length);
    for (const tenant of [TENANT, "other"]) {
      const { own, waiting } = await loadPicture(this.runtime.executions, tenant);
      expect(sizeOf(own)).toBe(holding.filter((head) => head.tenant === tenant).length);
      expect(waiting).toBe(this.heads(tenant).filter(({ status }) => status === "queued").length);
      const rows = [...this.runtime.tables.rows.values()].filter(({ pk }) => pk === `T#${tenant}#QUEUE`);
      expect(rows).toHaveLength(waiting);
    }
    for (const { status, slot, queued } of all) {
      expect({ status, hasSlot: slot !== undefined }).toEqual({ status, hasSlot: ["submitted", "running", "paused"].includes(status) });
      expect(queued !== undefined).toBe(status === "queued");
    }
  }
}

const idOf = (index: number): string => `exec_${String(index).padStart(10, "0")}`;

describe("submitting", () => {
  it("starts as many as a tenant may have under way, and has the rest wait", async () => {
    const world = new World();
    for (let index = 0; index < 4; index += 1) await world.submit();
    expect(world.statuses()).toEqual(["submitted", "submitted", "queued", "queued"]);
    expect(world.started()).toEqual([`${idOf(1)}-r1`, `${idOf(2)}-r1`]);
    await world.audit();
  });

  it("leaves the others their slots when one tenant has all of its own", async () => {
    const world = new World({ total: 3 });
    for (let index = 0; index < 4; index += 1) await world.submit();
    await world.submit("medium", { tenant: "other" });
    await world.submit("medium", { tenant: "other" });
    expect([world.statuses(), world.statuses("other")]).toEqual([["submitted", "submitted", "queued", "queued"], ["submitted", "queued"]]);
    await world.audit();
  });

  it("never starts more than the limit, however many come at once and whatever they see", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 25 }), fc.integer(), async (perTenant, count, seed) => {
        const world = new World({ perTenant, total: 18 });
        world.draws = randomStream(seed);
        await Promise.all(Array.from({ length: count }, () => world.submit()));
        expect(world.statuses().filter((status) => status === "submitted")).toHaveLength(Math.min(count, perTenant, 18));
        await world.audit();
      }),
      { numRuns: 30 },
    );
  });

  it("with a known key finds the first execution even when the queue is full", async () => {
    const world = new World({ perTenant: 1, queue: 1 });
    const first = await world.submit("low", { idempotencyKey: "k" });
    await world.submit("low");
    await expect(world.submit("low")).rejects.toMatchObject({ name: "QueueFull" });
    expect((await world.submit("low", { idempotencyKey: "k" })).executionId).toBe(first.executionId);
    await world.audit();
  });

  it("refuses low priority when the queue is full, says how long to wait, and keeps nothing of it", async () => {
    const world = new World({ perTenant: 1, queue: 1 });
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
  });

  it("takes no slot for an execution that runs as a task of another", async () => {
    const world = new World({ perTenant: 1 });
    const parent = await world.submit();
    const under = { executionId: idOf(77), parent: { execution: parent.executionId, task: "a", attempt: 1 }, depth: 1 };
    expect((await world.submit("medium", { under })).status).toBe("submitted");
    await world.finish(idOf(77));
    expect(sizeOf(await loadOccupancy(world.runtime.executions))).toBe(1);
  });
});

describe("an end", () => {
  it("starts who waits, the most urgent first, then the oldest", async () => {
    const world = new World({ perTenant: 1 });
    for (const priority of ["medium", "low", "medium", "critical", "high"] as const) await world.submit(priority);
    for (let running: Execution | undefined; (running = world.heads().find(({ status }) => status === "submitted")) !== undefined; ) await world.finish(running.executionId);
    expect(world.started()).toEqual([1, 4, 5, 3, 2].map((index) => `${idOf(index)}-r1`));
    await world.audit();
  });

  it("starts the most urgent of any tenant that has a slot left", async () => {
    const world = new World({ perTenant: 1, total: 1 });
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
    const world = new World({ perTenant: 1 });
    await world.submit();
    await Promise.all([world.finish(idOf(1)), world.finish(idOf(1))]);
    await world.audit();
  });

  it("makes place for one that came in the same moment", async () => {
    const world = new World({ perTenant: 1 });
    await world.submit();
    await Promise.all([world.finish(idOf(1)), world.submit(), world.submit()]);
    expect(world.statuses().sort()).toEqual(["completed", "queued", "submitted"]);
    await world.audit();
  });
});

describe("steering", () => {
  const by = (execution: string) => ({ tenant: TENANT, execution, by: "ann" });

  it("cancels one that waits, and starts the next when it cancels one that runs", async () => {
    const world = new World({ perTenant: 1 });
    for (let index = 0; index < 3; index += 1) await world.submit();
    await cancelExecution(world.control.deps, by(idOf(2)));
    await cancelExecution(world.control.deps, by(idOf(1)));
    expect(world.statuses()).toEqual(["cancelled", "cancelled", "submitted"]);
    await world.audit();
  });

  it("moves one that waits up the queue", async () => {
    const world = new World({ perTenant: 1 });
    for (let index = 0; index < 3; index += 1) await world.submit();
    expect(await boostPriority(world.control.deps, by(idOf(3)))).toMatchObject({ status: "queued", priority: "high" });
    await world.audit();
    await world.finish(idOf(1));
    expect(world.statuses()).toEqual(["completed", "queued", "submitted"]);
  });

  it("has one that is started over wait for a slot again, and its time begin when it starts", async () => {
    const world = new World({ perTenant: 1 });
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
    const world = new World({ perTenant: 1 });
    await world.submit();
    await finishExecution(world.runtime, world.head(idOf(1)), { to: "failed" });
    expect(await redriveExecution(world.control.deps, by(idOf(1)))).toMatchObject({ status: "submitted", run: 2 });
    await world.audit();
  });
});

describe("whoever is killed at any call", () => {
  /** Runs `act` with the process dying before (or after) its n-th call, for every n; the sweep follows. */
  async function killEverywhere(prepare: (world: World) => Promise<unknown>, act: (world: World) => Promise<unknown>): Promise<string[][]> {
    const ends: string[][] = [];
    for (let fatal = 0; ; fatal += 1) {
      for (const when of ["onSend", "onSent"] as const) {
        const world = new World({ perTenant: 1 });
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
    const world = new World({ perTenant: 1 });
    await world.submit();
    await world.submit();
    await world.finish(idOf(1));
    expect([...world.runtime.tables.rows.values()].filter(({ pk }) => pk === "QUEUES")).toHaveLength(1);
    expect(await waitingTenants(world.runtime.executions, { prune: true })).toEqual([]);
    expect([...world.runtime.tables.rows.values()].filter(({ pk }) => pk === "QUEUES")).toHaveLength(0);
  });

  it("stay while somebody waits", async () => {
    const world = new World({ perTenant: 1 });
    await world.submit();
    await world.submit();
    expect(await waitingTenants(world.runtime.executions, { prune: true })).toEqual([TENANT]);
    await world.audit();
  });
});

describe("executions from before there were slots", () => {
  it("end without freeing any", async () => {
    const world = new World();
    const execution = await world.runtime.submit({ status: "running" });
    const event = newEvent("workflow.status_changed", { id: "end", at: execution.submittedAt, facts: { previous_status: "running", new_status: "failed" } });
    expect(await moveExecution(world.runtime.executions, execution, { from: ["running"], to: "failed", events: [event] })).toBe("written");
    expect(sizeOf(await loadOccupancy(world.runtime.executions))).toBe(0);
  });
});
