import { describe, expect, it } from "vitest";
import { createWorld, LAMBDA, single, START, TaskFailure } from "./harness.ts";

const work = single({ Type: "Task", Resource: LAMBDA }, "Work");
const distributed = { ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" }, ...work };
const refuseOdd = (payload: unknown) => {
  if (Number(payload) % 2 === 1) throw new TaskFailure("Odd", "odd number");
  return payload;
};

describe.each([
  ["inline", { ItemProcessor: work }],
  ["distributed", { ItemProcessor: distributed }],
  ["legacy", { Iterator: work }],
])("an %s Map state", (mode, processor) => {
  const map = (fields: object = {}) => single({ Type: "Map", ...processor, ...fields });

  it.each([
    ["works on its input", {}, [1, 2], [1, 2]],
    ["works on no items", {}, [], []],
    ["takes the items from ItemsPath", { ItemsPath: "$.list[*].n" }, { list: [{ n: 1 }, { n: 2 }] }, [1, 2]],
    [
      "fills ItemSelector for each item",
      { ItemsPath: "$.l", ItemSelector: { "i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value", "k.$": "$.k" } },
      { l: ["a", "b"], k: 9 },
      [
        { i: 0, v: "a", k: 9 },
        { i: 1, v: "b", k: 9 },
      ],
    ],
    ["fills legacy Parameters", { Parameters: { "v.$": "$$.Map.Item.Value" } }, [5], [{ v: 5 }]],
    ["keeps the order with little concurrency", { MaxConcurrency: 2 }, [1, 2, 3, 4, 5], [1, 2, 3, 4, 5]],
    ["reads the concurrency from a path", { ItemsPath: "$.l", MaxConcurrencyPath: "$.c" }, { l: [1, 2], c: 1 }, [1, 2]],
  ])("%s", async (_, fields, input, output) => {
    const world = await createWorld();
    expect(await world.run(map(fields), input)).toEqual({ status: "SUCCEEDED", output, seconds: 0 });
  });

  it("fails on items that are no array", async () => {
    const world = await createWorld();
    expect(await world.run(map(), { a: 1 })).toMatchObject({ status: "FAILED", error: "States.Runtime" });
  });

  it.each([
    ["ToleratedFailureCount", { ToleratedFailureCount: 2 }, "SUCCEEDED"],
    ["ToleratedFailureCount exceeded", { ToleratedFailureCount: 1 }, "FAILED"],
    ["ToleratedFailurePercentage", { ToleratedFailurePercentage: 50 }, "SUCCEEDED"],
    ["ToleratedFailurePercentage exceeded", { ToleratedFailurePercentage: 49 }, "FAILED"],
  ])("%s", async (_, fields, status) => {
    const world = await createWorld({ invoke: refuseOdd });
    const ending = await world.run(map(fields), [1, 2, 3, 4]);
    expect(ending.status).toBe(status);
    if (status === "FAILED") expect(ending.error).toBe("States.ExceedToleratedFailureThreshold");
    else
      expect(ending.output).toEqual([
        expect.objectContaining({ Error: "Odd" }),
        2,
        expect.objectContaining({ Error: "Odd" }),
        4,
      ]);
  });

  it("fails at the first failure without a tolerance", async () => {
    const world = await createWorld({ invoke: refuseOdd });
    const ending = await world.run(map({ MaxConcurrency: 1 }), [2, 1, 4]);
    expect(ending).toMatchObject({
      status: "FAILED",
      error: mode === "distributed" ? "States.ExceedToleratedFailureThreshold" : "Odd",
    });
    expect(world.invocations.map(({ payload }) => payload)).toEqual([2, 1]);
  });

  it("runs at most MaxConcurrency items at once", async () => {
    const open: (() => void)[] = [];
    const world = await createWorld({
      invoke: (payload) => new Promise((resolve) => open.push(() => resolve(payload))),
    });
    const arn = await world.start(map({ MaxConcurrency: 2 }), [1, 2, 3]);
    expect(open).toHaveLength(2);
    open[1]?.();
    await world.clock.settle();
    expect(world.invocations.map(({ payload }) => payload)).toEqual([1, 2, 3]);
    for (const finish of open) finish();
    await world.clock.settle();
    expect(await world.ending(arn)).toMatchObject({ output: [1, 2, 3] });
  });
});

describe("a Map state", () => {
  it("shows its item to every state inside", async () => {
    const world = await createWorld();
    const inner = {
      StartAt: "A",
      States: {
        A: { Type: "Pass", Result: {}, Next: "B" },
        B: { Type: "Pass", Parameters: { "v.$": "$$.Map.Item.Value" }, End: true },
      },
    };
    expect(await world.run(single({ Type: "Map", ItemProcessor: inner }), [7])).toMatchObject({ output: [{ v: 7 }] });
  });

  it("starts its items anew when it is retried", async () => {
    const world = await createWorld({
      invoke: (payload, call) => {
        if (call === 2) throw new TaskFailure("Once", "");
        return payload;
      },
    });
    const state = { Type: "Map", ItemProcessor: work, MaxConcurrency: 1, Retry: [{ ErrorEquals: ["Once"] }] };
    expect(await world.run(single(state), [1, 2])).toMatchObject({ status: "SUCCEEDED", output: [1, 2], seconds: 1 });
    expect(world.invocations.map(({ payload }) => payload)).toEqual([1, 2, 1, 2]);
  });

  it("runs thousands of items that never wait without growing the stack", async () => {
    const world = await createWorld();
    const items = Array.from({ length: 4_000 }, (_, index) => index);
    const state = { Type: "Map", MaxConcurrency: 1, ItemProcessor: single({ Type: "Pass" }, "P") };
    expect(await world.run(single(state), items)).toMatchObject({ status: "SUCCEEDED", output: items });
  });

  it("gives items of a distributed Map a history of their own", async () => {
    const world = await createWorld();
    const items = Array.from({ length: 5_000 }, (_, index) => index);
    const arn = await world.start(single({ Type: "Map", ItemProcessor: distributed }), items);
    expect(await world.ending(arn)).toMatchObject({ status: "SUCCEEDED", output: items });
    expect(await world.historyTypes(arn)).toEqual([
      "ExecutionStarted",
      "MapStateEntered",
      "MapStateStarted",
      "MapRunStarted",
      "MapRunSucceeded",
      "MapStateSucceeded",
      "MapStateExited",
      "ExecutionSucceeded",
    ]);
  });

  it("stops the executions of a distributed Map with its own", async () => {
    const world = await createWorld();
    const waiting = { ...distributed, ...single({ Type: "Wait", Seconds: 60 }, "W") };
    const executionArn = await world.start(single({ Type: "Map", ItemProcessor: waiting }), [1, 2]);
    await world.clock.advanceTo(START + 1_000);
    await world.engine.call("StopExecution", { executionArn });
    expect(await world.ending(executionArn)).toEqual({ status: "ABORTED", seconds: 1 });
  });
});
