import { describe, expect, it } from "vitest";
import { createWorld, LAMBDA, QUEUE, single, START, tokenOf, tokenTask } from "./harness.ts";

const SEND = "arn:aws:states:::sqs:sendMessage";

describe("a task that calls a service", () => {
  it.each([
    ["a function by its ARN", { Resource: LAMBDA }, { echo: { x: 1 } }],
    [
      "lambda:invoke",
      { Resource: "arn:aws:states:::lambda:invoke", Parameters: { FunctionName: "work", "Payload.$": "$" } },
      { ExecutedVersion: "$LATEST", Payload: { echo: { x: 1 } }, StatusCode: 200 },
    ],
    ["sqs:sendMessage", { Resource: SEND, Parameters: { QueueUrl: QUEUE, MessageBody: "hi" } }, { MessageId: "m1" }],
    [
      "events:putEvents",
      { Resource: "arn:aws:states:::events:putEvents", Parameters: { Entries: [{ Source: "me", Detail: { a: 1 } }] } },
      { FailedEntryCount: 0, Entries: [{ EventId: "e0" }] },
    ],
  ])("answers with the result of %s", async (_, fields, output) => {
    const world = await createWorld({ invoke: (payload) => ({ echo: payload }) });
    expect(await world.run(single({ Type: "Task", ...fields }), { x: 1 })).toEqual({
      status: "SUCCEEDED",
      output,
      seconds: 0,
    });
  });

  it("hands every member of a message on, and prints an object body", async () => {
    const world = await createWorld();
    const Parameters = {
      "QueueUrl.$": "$.queue",
      MessageBody: { "id.$": "$.id" },
      DelaySeconds: 5,
      MessageGroupId: "g",
      MessageDeduplicationId: "d",
      MessageAttributes: { kind: { DataType: "String", StringValue: "k" } },
    };
    await world.run(single({ Type: "Task", Resource: SEND, Parameters }), { queue: QUEUE, id: 7 });
    expect(world.messages).toEqual([
      {
        queueUrl: QUEUE,
        body: '{"id":7}',
        delaySeconds: 5,
        groupId: "g",
        dedupId: "d",
        attributes: { kind: { DataType: "String", StringValue: "k" } },
      },
    ]);
  });

  it("prints the details of an event", async () => {
    const world = await createWorld();
    await world.run(
      single({
        Type: "Task",
        Resource: "arn:aws:states:::events:putEvents",
        Parameters: { Entries: [{ Detail: { a: 1 } }] },
      }),
    );
    expect(world.events).toEqual([{ Detail: '{"a":1}' }]);
  });

  it("fails under the name of the service and its error when the call is refused", async () => {
    const world = await createWorld({
      sendMessage: () => {
        throw Object.assign(new Error("no such queue"), { name: "QueueDoesNotExist" });
      },
    });
    const state = { Type: "Task", Resource: SEND, Parameters: { QueueUrl: QUEUE, MessageBody: "hi" } };
    expect(await world.run(single(state))).toMatchObject({ error: "SQS.QueueDoesNotExist", cause: "no such queue" });
  });
});

describe("a task with a token", () => {
  it("waits until the token is answered", async () => {
    const world = await createWorld();
    const arn = await world.start(single(tokenTask()), { a: 1 });
    await world.clock.advanceTo(START + 86_400_000);
    expect(await world.ending(arn)).toEqual({ status: "RUNNING" });
    await world.engine.call("SendTaskSuccess", { taskToken: tokenOf(world.messages[0]), output: '{"done":1}' });
    expect(await world.ending(arn)).toEqual({ status: "SUCCEEDED", output: { done: 1 }, seconds: 86_400 });
  });

  it("fails as the token says", async () => {
    const world = await createWorld();
    const arn = await world.start(single(tokenTask()));
    await world.engine.call("SendTaskFailure", { taskToken: tokenOf(world.messages[0]), error: "Refused", cause: "no" });
    expect(await world.ending(arn)).toMatchObject({ status: "FAILED", error: "Refused", cause: "no" });
  });

  it("accepts an answer that overtakes the acknowledgement of the message", async () => {
    const answers: Promise<unknown>[] = [];
    const world = await createWorld({
      sendMessage: (message) =>
        void answers.push(world.engine.call("SendTaskSuccess", { taskToken: tokenOf(message), output: "1" })),
    });
    expect(await world.run(single(tokenTask()))).toMatchObject({ status: "SUCCEEDED", output: 1 });
    await Promise.all(answers);
  });

  it("gives every attempt its own token", async () => {
    const world = await createWorld();
    const arn = await world.start(single(tokenTask({ Retry: [{ ErrorEquals: ["Again"], IntervalSeconds: 1 }] })));
    const [first] = world.messages.map(tokenOf);
    await world.engine.call("SendTaskFailure", { taskToken: first ?? "", error: "Again" });
    await world.clock.advanceTo(START + 1_000);
    await expect(world.engine.call("SendTaskSuccess", { taskToken: first ?? "", output: "1" })).rejects.toMatchObject({
      code: "TaskTimedOut",
    });
    await world.engine.call("SendTaskSuccess", { taskToken: tokenOf(world.messages[1]), output: "2" });
    expect(await world.ending(arn)).toMatchObject({ output: 2 });
  });

  it("refuses tokens it never gave, answers that are no JSON, and second answers", async () => {
    const [world, other] = [await createWorld(), await createWorld({ random: () => 0.9 })];
    await world.start(single(tokenTask()));
    await other.start(single(tokenTask()));
    const answer = (taskToken: string, output = "1") => world.engine.call("SendTaskSuccess", { taskToken, output });
    const taskToken = tokenOf(world.messages[0]);
    await expect(answer("nonsense")).rejects.toMatchObject({ code: "InvalidToken" });
    await expect(answer(tokenOf(other.messages[0]))).rejects.toMatchObject({ code: "TaskDoesNotExist" });
    await expect(answer(taskToken, "{")).rejects.toMatchObject({ code: "InvalidOutput" });
    await answer(taskToken);
    await expect(answer(taskToken)).rejects.toMatchObject({ code: "TaskTimedOut" });
  });
});

describe("the deadlines of a task", () => {
  it.each([
    ["TimeoutSeconds", { TimeoutSeconds: 30 }, {}, "States.Timeout", 30],
    ["TimeoutSecondsPath", { TimeoutSecondsPath: "$.limit" }, { limit: 12 }, "States.Timeout", 12],
    ["HeartbeatSeconds", { HeartbeatSeconds: 5 }, {}, "States.HeartbeatTimeout", 5],
    [
      "HeartbeatSecondsPath",
      { TimeoutSeconds: 30, HeartbeatSecondsPath: "$.beat" },
      { beat: 7 },
      "States.HeartbeatTimeout",
      7,
    ],
    ["a year", { TimeoutSeconds: 31_536_000 }, {}, "States.Timeout", 31_536_000],
  ])("%s", async (_, fields, input, error, seconds) => {
    const world = await createWorld();
    expect(await world.run(single(tokenTask(fields)), input)).toEqual({ status: "FAILED", error, seconds });
  });

  it("a heartbeat moves on, the timeout does not", async () => {
    const world = await createWorld();
    const arn = await world.start(single(tokenTask({ TimeoutSeconds: 10, HeartbeatSeconds: 4 })));
    const taskToken = tokenOf(world.messages[0]);
    for (const second of [3, 6, 9]) {
      await world.clock.advanceTo(START + second * 1_000);
      await world.engine.call("SendTaskHeartbeat", { taskToken });
    }
    while (await world.clock.advanceToNext());
    expect(await world.ending(arn)).toMatchObject({ error: "States.Timeout", seconds: 10 });
    await expect(world.engine.call("SendTaskHeartbeat", { taskToken })).rejects.toMatchObject({ code: "TaskTimedOut" });
  });

  it("a result that comes after the timeout changes nothing", async () => {
    let finish: (result: string) => void = () => {};
    const world = await createWorld({ invoke: () => new Promise((resolve) => (finish = resolve)) });
    const arn = await world.start(single({ Type: "Task", Resource: LAMBDA, TimeoutSeconds: 1 }));
    await world.clock.advanceTo(START + 1_000);
    finish("late");
    await world.clock.settle();
    expect(await world.ending(arn)).toMatchObject({ status: "FAILED", error: "States.Timeout" });
  });

  it("a result that comes after a retry began does not count for the new attempt", async () => {
    const finish: ((result: string) => void)[] = [];
    const world = await createWorld({ invoke: () => new Promise((resolve) => finish.push(resolve)) });
    const Retry = [{ ErrorEquals: ["States.Timeout"], IntervalSeconds: 1 }];
    const arn = await world.start(single({ Type: "Task", Resource: LAMBDA, TimeoutSeconds: 10, Retry }));
    await world.clock.advanceTo(START + 11_000);
    finish[0]?.("late");
    await world.clock.settle();
    expect(await world.ending(arn)).toEqual({ status: "RUNNING" });
    finish[1]?.("in time");
    await world.clock.settle();
    expect(await world.ending(arn)).toMatchObject({ status: "SUCCEEDED", output: "in time" });
  });

  it("an execution ends at the timeout of its machine, whatever its states catch", async () => {
    const world = await createWorld();
    const task = tokenTask({ Catch: [{ ErrorEquals: ["States.ALL"], Next: "Done" }] });
    const machine = { ...single(task), TimeoutSeconds: 60 };
    Object.assign(machine.States, { Done: { Type: "Succeed" } });
    expect(await world.run(machine)).toEqual({ status: "TIMED_OUT", error: "States.Timeout", seconds: 60 });
    const answer = world.engine.call("SendTaskSuccess", { taskToken: tokenOf(world.messages[0]), output: "1" });
    await expect(answer).rejects.toMatchObject({ code: "TaskTimedOut" });
  });
});
