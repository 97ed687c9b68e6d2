import { describe, expect, it } from "vitest";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { meanwhile, moveHeadElsewhere } from "../../../fixtures/runtime/meanwhile.ts";
import { moveElsewhere, type RowFields, saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";
import type { TaskRecord } from "../../../../shared/execution/task/task-record.ts";
import { eventsIn } from "../../../fixtures/runtime/memory-stream.ts";
import type { HeadFields } from "../../../fixtures/runtime/head-rows.ts";
import { MemoryRuntime, planOf, task } from "../../../fixtures/runtime/memory-runtime.ts";

const row = (more: RowFields): TaskRecord => taskRow({ task: "a", state: "queued", token: "token-a", ...more });

/** One task in this state, whose message then comes. */
async function messageComes(
  record: RowFields | undefined,
  { more = {}, head = {}, hold, before = () => {} }: { more?: object; head?: HeadFields; hold?: string; before?: (runtime: MemoryRuntime) => void } = {},
): Promise<MemoryRuntime> {
  const runtime = new MemoryRuntime(planOf([task("a", [], more)]));
  const execution = await runtime.submit(head);
  runtime.holdReason = hold;
  if (record !== undefined) await saveRow(runtime.executions, execution, { row: row(record) });
  before(runtime);
  await dispatchTask(runtime, runtime.message("a", { seen: 0 }));
  return runtime;
}

const factsOf = (runtime: MemoryRuntime, type: string) =>
  eventsIn(runtime.tables.changes).flatMap((event) => (event.type === type ? [event.facts] : []));

describe("a task that may not start now", () => {
  it.each([
    { reason: "paused", given: { head: { status: "paused" as const } } },
    { reason: "hold", given: { hold: "month end" } },
  ])("is parked, which is told once: $reason", async ({ reason, given }) => {
    const runtime = await messageComes(undefined, given);
    expect(runtime.record("a")).toMatchObject({ state: "parked", reason });
    expect(factsOf(runtime, "task.parked")).toEqual([{ task_id: "a", attempt: 0, reason }]);
    runtime.time += 1000;
    await dispatchTask(runtime, runtime.message("a", { seen: 0 }));
    expect(factsOf(runtime, "task.parked")).toHaveLength(1);
    expect(runtime.parked()).toEqual([`PARK#a on $${reason}`]);
    expect(runtime.tasks).toEqual([]);
  });

  it("is told anew when it is parked for another reason", async () => {
    const runtime = await messageComes({ state: "parked", reason: "paused" }, { hold: "month end" });
    expect(factsOf(runtime, "task.parked")).toEqual([{ task_id: "a", attempt: 1, reason: "hold" }]);
    expect(runtime.record("a")).toMatchObject({ state: "parked", reason: "hold" });
  });

  it.each([
    { reason: "paused", given: { head: { status: "paused" as const } } },
    { reason: "hold", given: { hold: "month end" } },
  ])("goes on in a second when the reason went away while it was parked: $reason", async ({ given }) => {
    const runtime = await messageComes(undefined, {
      ...given,
      before: (world) => {
        meanwhile(world, { sk: "PARK#a" }, () => {
          moveHeadElsewhere(world, { status: "running" });
          world.holdReason = undefined;
        });
      },
    });
    expect(runtime.tasks).toMatchObject([{ message: { task: "a", seen: 0 }, delay: 1 }]);
    expect(runtime.parked()).toEqual([]);
  });

  it("waits for its operator however often its message comes", async () => {
    const runtime = await messageComes({ state: "parked", reason: "operator" });
    expect(runtime.record("a")).toMatchObject({ state: "parked", reason: "operator" });
    expect(runtime.parked()).toEqual(["PARK#a on $operator"]);
    expect(runtime.sent).toEqual([]);
  });

  it("says why it waits for an operator", async () => {
    const runtime = await messageComes(undefined, { more: { when: "input.missing.deeper", on_failure: "park" } });
    expect(factsOf(runtime, "task.parked")).toMatchObject([{ task_id: "a", attempt: 0, reason: "operator", error: { code: "ExpressionFailed" } }]);
  });

  it("is looked at as it is when somebody makes its row in that moment", async () => {
    const runtime = await messageComes(undefined, {
      hold: "month end",
      before: (world) => {
        meanwhile(world, { sk: "TASK#a" }, () => moveElsewhere(world, "a", { state: "completed", attempt: 1 }));
      },
    });
    expect(runtime.record("a")?.state).toBe("completed");
    expect(runtime.answers).toEqual([{ token: "token-a" }]);
  });

  it("is left to others when its row moves in that moment", async () => {
    const runtime = await messageComes({ state: "queued" }, {
      hold: "month end",
      before: (world) => {
        meanwhile(world, { sk: "TASK#a" }, () => moveElsewhere(world, "a", { state: "running" }));
      },
    });
    expect(runtime.record("a")?.state).toBe("running");
    expect([...runtime.tasks, ...runtime.watches, ...runtime.answers]).toEqual([]);
  });
});

describe("a task whose condition is false", () => {
  const when = { more: { when: "false" } };

  it("is skipped at its first look, and when it starts over", async () => {
    expect((await messageComes(undefined, when)).record("a")?.state).toBe("skipped");
    expect((await messageComes({ attempt: 2, retryBase: 2 }, when)).record("a")?.state).toBe("skipped");
  });

  it.each([
    { what: "tried already", record: { attempt: 1 } },
    { what: "tried again since it started over", record: { attempt: 3, retryBase: 2 } },
    { what: "waited for its event", record: { attempt: 0, event: { json: "{}" } } },
    { what: "was decided about", record: { attempt: 0, decision: { verdict: "approved" as const, by: "ann", at: "2026-11-21T10:00:00.000Z" } } },
  ])("goes on when it has $what", async ({ record }) => {
    expect((await messageComes(record, when)).record("a")?.state).toBe("completed");
  });

  it("has no error in its end; one whose data does not fit has", async () => {
    expect(factsOf(await messageComes(undefined, when), "task.completed")).toEqual([{ task_id: "a", attempt: 0, status: "skipped", duration_seconds: 0 }]);
    const failed = await messageComes(undefined, { more: { when: "input.missing.deeper" } });
    expect(factsOf(failed, "task.completed")).toMatchObject([{ status: "failed", error: { code: "ExpressionFailed" } }]);
  });

  it("is looked at as it is when somebody makes its row in that moment", async () => {
    const runtime = await messageComes(undefined, {
      ...when,
      before: (world) => {
        meanwhile(world, { sk: "TASK#a" }, () => moveElsewhere(world, "a", { state: "completed", attempt: 1 }));
      },
    });
    expect(runtime.record("a")?.state).toBe("completed");
    expect(runtime.answers).toEqual([{ token: "token-a" }]);
  });
});
