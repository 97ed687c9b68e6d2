import { describe, expect, it } from "vitest";
import { workflowStarter } from "../../../../shared/execution/run/create-submitter.ts";
import { Execution } from "../../../../shared/execution/execution.ts";
import { RUN_START } from "../../../../shared/execution/messages.ts";
import { admitWaiting } from "../../../../shared/execution/run/admit.ts";
import { startRun } from "../../../../shared/execution/run/start-run.ts";
import { childStarter } from "../../../../shared/execution/run/start-child.ts";
import { describeDefinition } from "../../../../shared/workflow/plan/stored-definition.ts";
import { saveDefinition } from "../../../../shared/workflow/store/save-definition.ts";
import { ConflictError } from "../../../../shared/core/errors.ts";
import { AdmissionWorld } from "../../../fixtures/runtime/admission-world.ts";
import { START, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";

const MACHINE = "arn:aws:states:eu-central-1:1:stateMachine:m:1";
const ORIGIN = { tenant: TENANT, machineArn: MACHINE, createdAt: new Date(START).toISOString(), createdBy: "ann" };

/** Every slot comes free, and nobody says so. */
function freeSlots({ runtime: { tables } }: AdmissionWorld): void {
  for (const [key, row] of tables.rows) if (key.includes("SLOTS")) tables.rows.set(key, { ...row, running: 0 });
}

describe("a submission", () => {
  const definitionOf = (world: AdmissionWorld, more: object = {}) => ({ ...describeDefinition(world.runtime.view.plan, ORIGIN), ...more });

  it("takes over what the definition promises, and nothing that it does not", async () => {
    const world = new AdmissionWorld();
    const bare = await world.submit();
    for (const name of ["maxDurationMinutes", "successRateThreshold", "budgetRoot"]) expect(bare).not.toHaveProperty(name);
    const definition = definitionOf(world, { maxDurationMinutes: 5, successRateThreshold: 0.9, hasBudget: true });
    const bound = await world.submit("medium", { definition });
    expect(bound).toMatchObject({ maxDurationMinutes: 5, successRateThreshold: 0.9, budgetRoot: bound.executionId });
  });

  it.each([
    { runner: "machine", arn: MACHINE },
    { runner: "graph", arn: undefined },
  ] as const)("is carried by its $runner", async ({ runner, arn }) => {
    const submitted = await new AdmissionWorld().submit("medium", { runner });
    expect([submitted.runner, submitted.machineArn]).toEqual([runner, arn]);
  });

  it("on its graph has begun with its record, is watched, and its first message carries its head", async () => {
    const world = new AdmissionWorld();
    const { submittedAt, ...submitted } = await world.submit("medium", { runner: "graph" });
    expect(submitted).toMatchObject({ status: "running", startedAt: submittedAt, move: 2 });
    const { executionWatches, tasks } = world.runtime;
    expect(executionWatches).toHaveLength(1);
    expect(tasks).toMatchObject([{ message: { task: RUN_START, run: { runner: "graph" }, head: { at: expect.any(String) } } }]);
    expect(Execution.parse(JSON.parse(tasks[0]?.message.head?.json ?? ""))).toEqual(world.head(submitted.executionId));
    expect(world.runtime.events()).toEqual(["workflow.status_changed", "workflow.execution_started", "workflow.status_changed"]);
  });

  it("on its graph carries no head that is too long for a message", async () => {
    const world = new AdmissionWorld();
    await world.submit("medium", { runner: "graph", input: "x".repeat(20_000) });
    expect(world.runtime.tasks.map(({ message }) => message.head)).toEqual([undefined]);
  });

  it("on its graph that comes again is started again if nothing has happened since, and not while it may be on its way", async () => {
    const world = new AdmissionWorld();
    const wish = { runner: "graph", idempotencyKey: "k" } as const;
    const { executionId } = await world.submit("medium", wish);
    await world.submit("medium", wish);
    expect(world.runtime.tasks).toHaveLength(1);
    world.runtime.time += 6000;
    await world.submit("medium", wish);
    expect(world.runtime.tasks.map(({ message }) => [message.task, message.run.execution])).toEqual([
      [RUN_START, executionId],
      [RUN_START, executionId],
    ]);
  });

  it("on its graph waits for its turn like any other, and begins when it has it", async () => {
    const world = new AdmissionWorld({ perTenant: 1 });
    await world.submit("medium", { runner: "graph" });
    const second = await world.submit("medium", { runner: "graph" });
    expect(second.status).toBe("queued");
    freeSlots(world);
    await admitWaiting({ ...world.deps, startRun: (execution) => startRun(world.deps, execution) });
    expect(world.head(second.executionId).status).toBe("submitted");
    expect(world.runtime.tasks.at(-1)?.message).toMatchObject({ task: RUN_START, run: { execution: second.executionId } });
  });

  it("starts one machine, and none while it waits for its turn", async () => {
    const world = new AdmissionWorld({ perTenant: 1 });
    const [first, second] = [await world.submit(), await world.submit()];
    expect([first.status, second.status]).toEqual(["submitted", "queued"]);
    expect(world.started()).toEqual([`${first.executionId}-r1`]);
  });

  it("that comes again gives what is there, and starts none of those who wait", async () => {
    const world = new AdmissionWorld({ perTenant: 1 });
    const first = await world.submit("medium", { idempotencyKey: "k" });
    const second = await world.submit();
    freeSlots(world);
    expect(await world.submit("medium", { idempotencyKey: "k" })).toEqual(first);
    expect(world.head(second.executionId).status).toBe("queued");
  });

  it("starts at once when a slot came free in the moment in which it joined the queue", async () => {
    const world = new AdmissionWorld({ perTenant: 1 });
    const first = await world.submit();
    let isFirst = true;
    world.runtime.tables.onSent = (name) => {
      if (name !== "TransactWriteCommand" || !isFirst) return;
      isFirst = false;
      freeSlots(world);
    };
    const second = await world.submit();
    expect(second).toMatchObject({ status: "submitted" });
    expect(world.started()).toEqual([`${first.executionId}-r1`, `${second.executionId}-r1`]);
  });

  it("under a key that belongs to another plan is a conflict when its caller chose the version", async () => {
    const world = new AdmissionWorld();
    const key = { idempotencyKey: "k" };
    const first = await world.submit("medium", { ...key, isPinned: true });
    expect(await world.submit("medium", { ...key, isPinned: true })).toEqual(first);
    const other = definitionOf(world, { plan: "f".repeat(64) });
    await expect(world.submit("medium", { ...key, isPinned: true, definition: other })).rejects.toThrow(ConflictError);
    expect(await world.submit("medium", { ...key, isPinned: false, definition: other })).toEqual(first);
  });
});

describe("a sub-workflow", () => {
  async function world(machineArn = MACHINE) {
    const found = new AdmissionWorld({ perTenant: 1 });
    const definitions = { db: found.runtime.tables.client, table: "control" };
    await saveDefinition(definitions, describeDefinition(found.runtime.view.plan, { ...ORIGIN, machineArn }));
    return { found, start: childStarter(found.deps, definitions) };
  }
  const wish = { task: "sub", attempt: 1, workflow: { name: "drawn" }, input: { n: 1 } };

  it.each([
    { parent: "machine", machineArn: MACHINE, runner: "machine", arn: MACHINE },
    { parent: "machine", machineArn: "", runner: "graph", arn: undefined },
    { parent: "graph", machineArn: MACHINE, runner: "graph", arn: undefined },
  ] as const)("of a parent on its $parent with machine '$machineArn' runs on its $runner", async ({ parent: runner, machineArn, ...expected }) => {
    const { found, start } = await world(machineArn);
    const parent = { ...(await found.submit()), runner };
    const child = await start({ ...wish, parent });
    expect([child.runner, child.machineArn, child.status]).toEqual([expected.runner, expected.arn, "submitted"]);
  });

  it("needs no slot of its own, shares what its parent has, and is started once", async () => {
    const { found, start } = await world();
    const parent = { ...(await found.submit("high")), budgetRoot: "exec_root000001", depth: 2 };
    const child = await start({ ...wish, parent });
    expect(child).toMatchObject({
      status: "submitted",
      parent: { execution: parent.executionId, task: "sub", attempt: 1 },
      depth: 3,
      budgetRoot: "exec_root000001",
      priority: "high",
      traceId: "trace_1",
    });
    expect(await start({ ...wish, parent })).toEqual(child);
    expect(await start({ ...wish, attempt: 2, parent })).not.toMatchObject({ executionId: child.executionId });
  });

  it("has no budget where its parent has none", async () => {
    const { found, start } = await world();
    expect(await start({ ...wish, parent: await found.submit() })).not.toHaveProperty("budgetRoot");
  });
});

describe("a workflow that an event starts", () => {
  it.each([
    { machineArn: MACHINE, runner: "machine" },
    { machineArn: "", runner: "graph" },
  ] as const)("with machine '$machineArn' runs on its $runner, once for an event", async ({ machineArn, runner }) => {
    const world = new AdmissionWorld();
    const definitions = { db: world.runtime.tables.client, table: "control" };
    await saveDefinition(definitions, describeDefinition(world.runtime.view.plan, { ...ORIGIN, machineArn }));
    const start = workflowStarter(world.deps, definitions);
    const first = await start({ tenant: TENANT, workflow: "drawn", input: { n: 1 }, key: "event-1" });
    expect(first).toMatchObject({ runner, submittedBy: "event" });
    expect(await start({ tenant: TENANT, workflow: "drawn", input: { n: 1 }, key: "event-1" })).toEqual(first);
    expect(world.heads()).toHaveLength(1);
  });
});
