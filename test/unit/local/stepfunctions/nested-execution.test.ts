import { describe, expect, it } from "vitest";
import { createWorld, ROLE, single, START, tokenOf, tokenTask, type World } from "./harness.ts";

const child = (world: World, definition: object) =>
  world.engine.call("CreateStateMachine", { name: "child", definition: JSON.stringify(definition), roleArn: ROLE });
const CHILD = "arn:aws:states:eu-central-1:123456789012:stateMachine:child";
const start = (suffix: string, fields: object = {}) =>
  single({
    Type: "Task",
    Resource: `arn:aws:states:::states:startExecution${suffix}`,
    Parameters: { StateMachineArn: CHILD, Name: "one", Input: { "got.$": "$" } },
    ...fields,
  });
const ARN = "arn:aws:states:eu-central-1:123456789012:execution:child:one";

describe("a task that starts an execution", () => {
  it("does not wait for it without .sync", async () => {
    const world = await createWorld();
    await child(world, single({ Type: "Wait", Seconds: 60 }));
    const arn = await world.start(start(""), 1);
    expect(await world.ending(arn)).toMatchObject({
      status: "SUCCEEDED",
      output: { ExecutionArn: ARN, StartDate: "2026-01-01T00:00:00.000Z" },
    });
    expect(await world.ending(ARN)).toEqual({ status: "RUNNING" });
  });

  it.each([
    [".sync", '{"got":1}', '{"got":1}'],
    [".sync:2", { got: 1 }, { got: 1 }],
  ])("%s answers with what became of it", async (suffix, Input, Output) => {
    const world = await createWorld();
    await child(world, single({ Type: "Wait", Seconds: 60 }));
    expect(await world.run(start(suffix), 1)).toMatchObject({
      status: "SUCCEEDED",
      seconds: 60,
      output: { ExecutionArn: ARN, Name: "one", Status: "SUCCEEDED", Input, Output, StateMachineArn: CHILD },
    });
  });

  it("fails with States.TaskFailed and the whole story when it fails", async () => {
    const world = await createWorld();
    await child(world, { StartAt: "F", States: { F: { Type: "Fail", Error: "Inner", Cause: "deep" } } });
    const { error, cause = "{}" } = await world.run(start(".sync:2"));
    expect(error).toBe("States.TaskFailed");
    expect(JSON.parse(cause)).toMatchObject({ ExecutionArn: ARN, Status: "FAILED", Error: "Inner", Cause: "deep" });
  });

  it("answers a token handed to the child", async () => {
    const world = await createWorld();
    await child(world, single({ ...tokenTask(), Parameters: { QueueUrl: "q", MessageBody: { "token.$": "$.t" } } }));
    const Parameters = { StateMachineArn: CHILD, Name: "one", Input: { "t.$": "$$.Task.Token" } };
    const arn = await world.start(start(".waitForTaskToken", { Parameters }));
    await world.engine.call("SendTaskSuccess", { taskToken: tokenOf(world.messages[0]), output: "5" });
    expect(await world.ending(arn)).toMatchObject({ status: "SUCCEEDED", output: 5 });
  });

  it.each([
    ["the parent is stopped", "ABORTED", {}],
    ["the task times out", "FAILED", { TimeoutSeconds: 5 }],
  ])("aborts the child and its children when %s", async (_, status, fields) => {
    const world = await createWorld();
    await world.engine.call("CreateStateMachine", {
      name: "grandchild",
      definition: JSON.stringify(single(tokenTask())),
      roleArn: ROLE,
    });
    const inner = { StateMachineArn: CHILD.replace("child", "grandchild"), Name: "two" };
    await child(world, start(".sync", { Parameters: inner }));
    const executionArn = await world.start(start(".sync:2", fields));
    await world.clock.advanceTo(START + 5_000);
    if (status === "ABORTED") await world.engine.call("StopExecution", { executionArn });
    expect(await world.ending(executionArn)).toMatchObject({ status });
    expect(await world.ending(ARN)).toEqual({ status: "ABORTED", seconds: 5 });
    expect(await world.ending(ARN.replace("child:one", "grandchild:two"))).toEqual({ status: "ABORTED", seconds: 5 });
  });

  it("fails when the name is taken or the machine is unknown", async () => {
    const world = await createWorld();
    expect(await world.run(start(".sync"))).toMatchObject({ error: "StepFunctions.StateMachineDoesNotExistException" });
    await child(world, single({ Type: "Pass" }));
    await world.run(start(".sync"), 1);
    expect(await world.run(start(".sync"), 2)).toMatchObject({
      error: "StepFunctions.ExecutionAlreadyExistsException",
    });
  });
});
