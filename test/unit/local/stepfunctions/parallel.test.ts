import { describe, expect, it } from "vitest";
import { createWorld, LAMBDA, single, START, TaskFailure, tokenOf, tokenTask } from "./harness.ts";

const branch = (name: string, state: object) => single(state, name);
const fail = { StartAt: "F", States: { F: { Type: "Fail", Error: "Boom", Cause: "c" } } };

describe("a Parallel state", () => {
  it("gives every branch the same input and collects the outputs in order", async () => {
    const world = await createWorld();
    const state = {
      Type: "Parallel",
      InputPath: "$.in",
      Parameters: { "x.$": "$" },
      Branches: [branch("slow", { Type: "Wait", Seconds: 9 }), branch("quick", { Type: "Pass", OutputPath: "$.x" })],
      ResultSelector: { "all.$": "$" },
      ResultPath: "$.out",
    };
    expect(await world.run(single(state), { in: 1 })).toEqual({
      status: "SUCCEEDED",
      output: { in: 1, out: { all: [{ x: 1 }, 1] } },
      seconds: 9,
    });
  });

  it("nests", async () => {
    const world = await createWorld();
    const inner = branch("inner", {
      Type: "Parallel",
      Branches: [branch("a", { Type: "Pass" }), branch("b", { Type: "Pass", Result: 2 })],
    });
    expect(
      await world.run(single({ Type: "Parallel", Branches: [inner, branch("c", { Type: "Pass" })] }), 1),
    ).toMatchObject({ output: [[1, 2], 1] });
  });

  it("runs hundreds of branches at once", async () => {
    const world = await createWorld();
    const Branches = Array.from({ length: 300 }, (_, index) => branch(`B${index}`, { Type: "Wait", Seconds: 5 }));
    expect(await world.run(single({ Type: "Parallel", Branches }))).toMatchObject({ status: "SUCCEEDED", seconds: 5 });
  });

  it("ends the other branches, their tokens, timers and retries when one fails", async () => {
    const world = await createWorld({
      invoke: () => {
        throw new TaskFailure("Flaky", "");
      },
    });
    const retrying = branch("retrying", {
      Type: "Task",
      Resource: LAMBDA,
      Retry: [{ ErrorEquals: ["Flaky"], IntervalSeconds: 60 }],
    });
    const nested = branch("nested", { Type: "Parallel", Branches: [branch("deep", tokenTask())] });
    const failing = { StartAt: "W", States: { W: { Type: "Wait", Seconds: 5, Next: "F" }, ...fail.States } };
    const machine = {
      StartAt: "P",
      States: {
        P: {
          Type: "Parallel",
          Branches: [retrying, nested, failing],
          Catch: [{ ErrorEquals: ["Boom"], Next: "After" }],
          End: true,
        },
        After: { Type: "Wait", Seconds: 600, End: true },
      },
    };
    expect(await world.run(machine)).toEqual({
      status: "SUCCEEDED",
      output: { Error: "Boom", Cause: "c" },
      seconds: 605,
    });
    expect(world.invocations).toHaveLength(1);
    const answer = world.engine.call("SendTaskSuccess", { taskToken: tokenOf(world.messages[0]), output: "1" });
    await expect(answer).rejects.toMatchObject({ code: "TaskTimedOut" });
  });

  it("is left at once when the execution is stopped", async () => {
    const world = await createWorld();
    const Branches = [branch("a", tokenTask()), branch("b", { Type: "Wait", Seconds: 60 })];
    const executionArn = await world.start(single({ Type: "Parallel", Branches }));
    await world.clock.advanceTo(START + 1_000);
    await world.engine.call("StopExecution", { executionArn, error: "Stop", cause: "by hand" });
    expect(await world.ending(executionArn)).toEqual({
      status: "ABORTED",
      error: "Stop",
      cause: "by hand",
      seconds: 1,
    });
    expect(await world.clock.advanceToNext()).toBe(true); // the alarm of the wait rings, finds nothing
    expect(await world.clock.advanceToNext()).toBe(false);
  });
});
