import { describe, expect, it } from "vitest";
import { createWorld, LAMBDA, ROLE, single } from "./harness.ts";

const INPUT = { a: { b: 1 }, keep: "me" };

describe("data flow of a state", () => {
  it.each([
    ["passes its input on", {}, INPUT],
    ["InputPath narrows it", { InputPath: "$.a" }, { b: 1 }],
    ["InputPath null empties it", { InputPath: null }, {}],
    ["InputPath reads the context", { InputPath: "$$.StateMachine.Name" }, "machine-1767225600000-1"],
    [
      "Parameters are filled",
      { Parameters: { "x.$": "$.a.b", deep: [{ "y.$": "$.keep" }], plain: "$.a" } },
      { x: 1, deep: [{ y: "me" }], plain: "$.a" },
    ],
    ["Result replaces the input", { Result: { new: true } }, { new: true }],
    ["Result may be false", { Result: false }, false],
    ["Result may be null", { Result: null }, null],
    ["Result may be zero", { Result: 0, ResultPath: "$.a" }, { a: 0, keep: "me" }],
    ["ResultPath $ is the result alone", { Result: 1, ResultPath: "$" }, 1],
    [
      "ResultPath nests the result in the raw input",
      { InputPath: "$.a", ResultPath: "$.made.here" },
      { ...INPUT, made: { here: { b: 1 } } },
    ],
    ["ResultPath null drops the result", { Result: 1, ResultPath: null }, INPUT],
    ["OutputPath narrows the output", { OutputPath: "$.a.b" }, 1],
    ["OutputPath null empties it", { OutputPath: null }, {}],
    ["an indefinite path yields an array", { InputPath: "$.*.b" }, [1]],
  ])("%s", async (_, fields, output) => {
    const world = await createWorld();
    expect(await world.run(single({ Type: "Pass", ...fields }), INPUT)).toEqual({
      status: "SUCCEEDED",
      output,
      seconds: 0,
    });
  });

  it("ResultSelector shapes the result of a task before ResultPath places it", async () => {
    const world = await createWorld({ invoke: () => ({ list: [1, 2], rest: 0 }) });
    const state = {
      Type: "Task",
      Resource: LAMBDA,
      ResultSelector: { "n.$": "States.ArrayLength($.list)" },
      ResultPath: "$.found",
    };
    expect(await world.run(single(state), INPUT)).toMatchObject({ output: { ...INPUT, found: { n: 2 } } });
  });

  it.each([
    ["InputPath", { InputPath: "$.missing" }, "States.Runtime"],
    ["Parameters", { Parameters: { "x.$": "$.missing" } }, "States.ParameterPathFailure"],
    ["ResultPath", { Result: 1, ResultPath: "$.keep.inside" }, "States.ResultPathMatchFailure"],
    ["OutputPath", { OutputPath: "$.missing" }, "States.Runtime"],
  ])("a bad %s fails the execution", async (_, fields, error) => {
    const world = await createWorld();
    expect(await world.run(single({ Type: "Pass", ...fields }), INPUT)).toMatchObject({ status: "FAILED", error });
  });

  it("Succeed applies InputPath and OutputPath", async () => {
    const world = await createWorld();
    const machine = { StartAt: "S", States: { S: { Type: "Succeed", InputPath: "$.a", OutputPath: "$.b" } } };
    expect(await world.run(machine, INPUT)).toMatchObject({ status: "SUCCEEDED", output: 1 });
  });
});

describe("the context object", () => {
  it("tells a state about its execution, its machine and itself", async () => {
    const world = await createWorld();
    const { output } = await world.run(
      {
        StartAt: "W",
        States: {
          W: { Type: "Wait", Seconds: 5, Next: "P" },
          P: { Type: "Pass", Parameters: { "c.$": "$$" }, End: true },
        },
      },
      INPUT,
    );
    const machine = "machine-1767225600000-1";
    const name = expect.stringMatching(/^[\da-f-]{36}$/);
    expect(output).toEqual({
      c: {
        Execution: {
          Id: expect.stringContaining(`arn:aws:states:eu-central-1:123456789012:execution:${machine}:`),
          Input: INPUT,
          Name: name,
          RoleArn: ROLE,
          StartTime: "2026-01-01T00:00:00.000Z",
          RedriveCount: 0,
        },
        StateMachine: { Id: `arn:aws:states:eu-central-1:123456789012:stateMachine:${machine}`, Name: machine },
        State: { Name: "P", EnteredTime: "2026-01-01T00:00:05.000Z", RetryCount: 0 },
      },
    });
  });

  it("counts retries", async () => {
    const world = await createWorld({
      invoke: (payload, call) => {
        if (call < 3) throw new Error("not yet");
        return payload;
      },
    });
    const state = {
      Type: "Task",
      Resource: LAMBDA,
      Parameters: { "tries.$": "$$.State.RetryCount" },
      Retry: [{ ErrorEquals: ["States.ALL"] }],
    };
    expect(await world.run(single(state))).toMatchObject({ output: { tries: 2 } });
  });
});
