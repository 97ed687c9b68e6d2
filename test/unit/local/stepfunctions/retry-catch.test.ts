import { describe, expect, it } from "vitest";
import { createWorld, LAMBDA, single, START, TaskFailure } from "./harness.ts";

const failing =
  (error: string, until = Infinity) =>
  (payload: unknown, call: number) => {
    if (call < until) throw new TaskFailure(error, "it broke");
    return payload;
  };
const task = (fields: object) => ({ Type: "Task", Resource: LAMBDA, ...fields });

describe("Retry", () => {
  it.each([
    ["doubles the interval", { IntervalSeconds: 1, MaxAttempts: 4 }, [0, 1, 3, 7, 15]],
    ["defaults to three attempts, one second, doubling", {}, [0, 1, 3, 7]],
    ["multiplies by BackoffRate", { IntervalSeconds: 2, BackoffRate: 1, MaxAttempts: 2 }, [0, 2, 4]],
    [
      "stops growing at MaxDelaySeconds",
      { IntervalSeconds: 2, BackoffRate: 10, MaxDelaySeconds: 5, MaxAttempts: 3 },
      [0, 2, 7, 12],
    ],
    ["never retries with MaxAttempts 0", { MaxAttempts: 0 }, [0]],
  ])("%s", async (_, rule, seconds) => {
    const world = await createWorld({ invoke: failing("Boom") });
    const ending = await world.run(single(task({ Retry: [{ ErrorEquals: ["Boom"], ...rule }] })));
    expect(ending).toMatchObject({ status: "FAILED", error: "Boom" });
    expect(world.invocations.map(({ at }) => (at - START) / 1_000)).toEqual(seconds);
  });

  it("spreads delays over the whole interval with full jitter", async () => {
    const world = await createWorld({ invoke: failing("Boom"), random: () => 0.25 });
    await world.run(
      single(
        task({
          Retry: [
            { ErrorEquals: ["Boom"], IntervalSeconds: 4, BackoffRate: 1, MaxAttempts: 2, JitterStrategy: "FULL" },
          ],
        }),
      ),
    );
    expect(world.invocations.map(({ at }) => (at - START) / 1_000)).toEqual([0, 1, 2]);
  });

  it("counts attempts of each retrier apart", async () => {
    const names = ["A", "B", "A", "B", "A"];
    const world = await createWorld({
      invoke: (_, call) => {
        throw new TaskFailure(names[call - 1] ?? "end", "");
      },
    });
    const Retry = ["A", "B"].map((name) => ({ ErrorEquals: [name], MaxAttempts: 2, BackoffRate: 1 }));
    expect(await world.run(single(task({ Retry })))).toMatchObject({ error: "A" });
    expect(world.invocations).toHaveLength(5);
  });

  it("retries a whole Parallel", async () => {
    const world = await createWorld({ invoke: failing("Boom", 3) });
    const state = { Type: "Parallel", Branches: [single(task({}), "T")], Retry: [{ ErrorEquals: ["Boom"] }] };
    expect(await world.run(single(state), 7)).toEqual({ status: "SUCCEEDED", output: [7], seconds: 3 });
  });
});

describe("Catch", () => {
  const caught = (rule: object) => ({
    StartAt: "T",
    States: { T: task({ Catch: [{ Next: "Caught", ...rule }], End: true }), Caught: { Type: "Pass", End: true } },
  });
  const CAUSE = JSON.stringify({ errorMessage: "it broke", errorType: "Boom" });

  it.each([
    ["replaces the input by default", {}, { Error: "Boom", Cause: CAUSE }],
    ["keeps the input beside the error", { ResultPath: "$.error" }, { x: 1, error: { Error: "Boom", Cause: CAUSE } }],
    ["drops the error", { ResultPath: null }, { x: 1 }],
  ])("%s", async (_, rule, output) => {
    const world = await createWorld({ invoke: failing("Boom") });
    expect(await world.run(caught({ ErrorEquals: ["Boom"], ...rule }), { x: 1 })).toEqual({
      status: "SUCCEEDED",
      output,
      seconds: 0,
    });
  });

  it.each([
    ["States.ALL", "Boom", true],
    ["States.TaskFailed", "Boom", true],
    ["States.TaskFailed", "States.Timeout", false],
    ["States.ALL", "States.Timeout", true],
    ["Other", "Boom", false],
    ["States.ALL", "States.Runtime", false],
    ["States.Runtime", "States.Runtime", false],
    ["States.ALL", "States.DataLimitExceeded", false],
    ["States.DataLimitExceeded", "States.DataLimitExceeded", true],
    ["States.Timeout", "States.HeartbeatTimeout", true],
  ])("%s meets %s: caught is %s", async (name, error, isCaught) => {
    const world = await createWorld({ invoke: failing(error) });
    const { status } = await world.run(caught({ ErrorEquals: [name] }));
    expect(status).toBe(isCaught ? "SUCCEEDED" : "FAILED");
  });

  it("takes over when the attempts of Retry are used up", async () => {
    const world = await createWorld({ invoke: failing("Boom") });
    const machine = caught({ ErrorEquals: ["States.ALL"] });
    Object.assign(machine.States.T, { Retry: [{ ErrorEquals: ["Boom"], MaxAttempts: 1 }] });
    expect(await world.run(machine)).toMatchObject({ status: "SUCCEEDED", seconds: 1 });
    expect(world.invocations).toHaveLength(2);
  });
});

describe("a Fail state", () => {
  it.each([
    ["names its error", { Error: "E", Cause: "because" }, { error: "E", cause: "because" }],
    ["needs neither", {}, {}],
    [
      "reads both from paths",
      { ErrorPath: "$.e", CausePath: "States.Format('at {}', $.e)" },
      { error: "Read", cause: "at Read" },
    ],
  ])("%s", async (_, fields, failure) => {
    const world = await createWorld();
    const machine = { StartAt: "F", States: { F: { Type: "Fail", ...fields } } };
    expect(await world.run(machine, { e: "Read" })).toEqual({ status: "FAILED", seconds: 0, ...failure });
  });
});
