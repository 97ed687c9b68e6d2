import { describe, expect, it } from "vitest";
import { createWorld, LAMBDA, single, tokenOf, tokenTask } from "./harness.ts";

const text = (bytes: number): string => "x".repeat(bytes - 2); // JSON adds two quotes

describe("the payload limit of 262 144 bytes", () => {
  it.each([
    ["at the limit", 262_144, { status: "SUCCEEDED" }],
    ["one byte more", 262_145, { status: "FAILED", error: "States.DataLimitExceeded" }],
  ])("%s, for the result of a task", async (_, bytes, ending) => {
    const world = await createWorld({ invoke: () => text(bytes) });
    expect(await world.run(single({ Type: "Task", Resource: LAMBDA }))).toMatchObject(ending);
  });

  it("counts bytes, not characters", async () => {
    const world = await createWorld({ invoke: () => "é".repeat(131_072) });
    expect(await world.run(single({ Type: "Task", Resource: LAMBDA }))).toMatchObject({
      error: "States.DataLimitExceeded",
    });
  });

  it("holds for what a state makes of its input", async () => {
    const world = await createWorld();
    const state = { Type: "Pass", Parameters: { "a.$": "$", "b.$": "$" } };
    expect(await world.run(single(state), text(200_000))).toMatchObject({ error: "States.DataLimitExceeded" });
  });

  it("holds for inputs and answers at the API", async () => {
    const world = await createWorld();
    await expect(world.start(single({ Type: "Pass" }), text(262_145))).rejects.toMatchObject({
      code: "InvalidExecutionInput",
    });
    await world.start(single(tokenTask()));
    const answer = world.engine.call("SendTaskSuccess", {
      taskToken: tokenOf(world.messages[0]),
      output: JSON.stringify(text(262_145)),
    });
    await expect(answer).rejects.toMatchObject({ code: "InvalidOutput" });
  });
});

describe("the history limit of 25 000 events", () => {
  it("fails an execution that loops for ever, whatever it catches", async () => {
    const world = await createWorld();
    const loop = single({
      Type: "Map",
      ItemProcessor: {
        StartAt: "A",
        States: {
          A: { Type: "Pass", Next: "C" },
          C: { Type: "Choice", Choices: [{ Variable: "$$.Execution.Name", IsPresent: true, Next: "A" }], Default: "E" },
          E: { Type: "Succeed" },
        },
      },
    });
    Object.assign(loop.States["Only"] ?? {}, { Catch: [{ ErrorEquals: ["States.ALL"], Next: "Only" }] });
    const arn = await world.start(loop, [1]);
    expect(await world.ending(arn)).toMatchObject({
      status: "FAILED",
      error: "States.Runtime",
      cause: "The execution reached the maximum number of history events (25000).",
    });
    const {
      events: [last],
    } = await world.engine.call("GetExecutionHistory", { executionArn: arn, reverseOrder: true, maxResults: 1 });
    expect(last).toMatchObject({ id: 25_000, type: "ExecutionFailed" });
  });
});
