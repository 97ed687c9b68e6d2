import { describe, expect, it } from "vitest";
import { ConflictError, IllegalMoveError, InvalidRequestError, NotFoundError } from "../../../../shared/core/errors.ts";
import { answerTask } from "../../../../shared/execution/control/answer-task.ts";
import { redefine } from "../../../../shared/execution/control/restart.ts";
import { decideTask, retryTask } from "../../../../shared/execution/control/steer-task.ts";
import { meanwhile } from "../../../fixtures/runtime/meanwhile.ts";
import { MemoryApi } from "../../../fixtures/runtime/memory-api.ts";
import { EXECUTION, task, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { moveElsewhere, type RowFields, saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";
import { by, row, steeredWorld } from "./steered-world.ts";

describe("an answer", () => {
  async function answered(fields: RowFields | undefined, { isRegistered = true, change }: { isRegistered?: boolean; change?: RowFields } = {}) {
    const api = new MemoryApi();
    if (isRegistered) await api.register("agent-one");
    const execution = await api.runtime.submit();
    const asking = { state: "input_required", agentId: "agent-one", ...fields } as const;
    if (fields !== undefined) await saveRow(api.runtime.executions, execution, { row: taskRow({ task: "a", ...asking }) });
    if (change !== undefined) meanwhile(api.runtime, { sk: "TASK#a" }, () => moveElsewhere(api.runtime, "a", change));
    await answerTask(api.deps, { tenant: TENANT, execution: EXECUTION, task: "a", by: "ann", input: "here" });
    return api;
  }

  it("is on its way once the row says so, with the agent's clock begun anew", async () => {
    const api = await answered({});
    expect(api.runtime.record("a")).toMatchObject({ state: "running", deadlineAt: "2026-11-21T10:01:00.000Z" });
    expect(api.runtime.awaits).toMatchObject([{ dispatch: { task: "a", attempt: 1 }, answer: { input: { json: '"here"' } } }]);
  });

  it.each([
    { what: "a task that was not looked at yet", fields: undefined, error: NotFoundError },
    { what: "a task that asks for nothing", fields: { state: "running" as const }, error: ConflictError },
  ])("is refused to $what", async ({ fields, error }) => {
    await expect(answered(fields)).rejects.toThrow(error);
  });

  it("is refused when its agent is gone, and when another answer came first", async () => {
    await expect(answered({}, { isRegistered: false })).rejects.toThrow("no longer registered");
    await expect(answered({}, { change: { state: "running" } })).rejects.toThrow("answered by another request");
  });
});

describe("another definition", () => {
  it("is refused when it is another workflow's", async () => {
    const { deps, head } = await steeredWorld();
    const api = new MemoryApi();
    const definition = await api.deploy({ name: "other" });
    const restart = { action: "modify", by: "ann", tasks: {} };
    await expect(redefine(deps, head(), { action: "modify", definition, restart })).rejects.toThrow(InvalidRequestError);
  });
});

describe("a decision about, or a retry of, a task", () => {
  const waiting = (fields: RowFields | undefined) => steeredWorld({}, fields === undefined ? [] : [row("a", fields)], { tasks: [task("a")] });
  const on = { ...by, task: "a" };

  it("that has no row yet is refused by where it stands", async () => {
    const { deps } = await waiting(undefined);
    await expect(decideTask(deps, on, { verdict: "approved", may: () => true })).rejects.toThrow("task 'a' is pending");
    await expect(retryTask(deps, on)).rejects.toThrow(IllegalMoveError);
  });

  it("that was made before sends on nothing that waits for something else by now", async () => {
    const decision = { verdict: "approved", by: "ann", at: "2026-11-21T10:00:00.000Z" };
    const { deps, runtime } = await waiting({ state: "parked", reason: "operator", decision });
    await decideTask(deps, on, { verdict: "approved", may: () => true });
    expect(runtime.tasks).toEqual([]);
    expect(runtime.parked()).toHaveLength(1);
  });
});
