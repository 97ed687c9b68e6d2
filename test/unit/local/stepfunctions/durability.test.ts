import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEngine } from "../../../../infra/local/stepfunctions/engine.ts";
import { VirtualClock } from "../../../../infra/local/stepfunctions/virtual-clock.ts";
import { createWorld, LAMBDA, single, START, tokenOf, tokenTask, type World } from "./harness.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "asl-durable-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (clock: VirtualClock, options: object = {}): Promise<World> =>
  createWorld({ databasePath: join(folder, "states.db"), clock, ...options });

describe("an engine that is opened again", () => {
  it("keeps the absolute deadlines of waits, retries and timeouts", async () => {
    const first = await open(new VirtualClock(START), { invoke: () => Promise.reject(new Error("down")) });
    const retrying = single({
      Type: "Task",
      Resource: LAMBDA,
      Retry: [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 100 }],
    });
    const arns = [
      await first.start(single({ Type: "Wait", Seconds: 60 })),
      await first.start(retrying, 5),
      await first.start(single(tokenTask({ TimeoutSeconds: 80 }))),
      await first.start({ ...single(tokenTask()), TimeoutSeconds: 90 }),
    ];
    await first.clock.advanceTo(START + 50_000);
    first.engine.close();

    const second = await open(new VirtualClock(START + 55_000));
    while (await second.clock.advanceToNext());
    expect(await Promise.all(arns.map((arn) => second.ending(arn)))).toEqual([
      { status: "SUCCEEDED", output: {}, seconds: 60 },
      { status: "SUCCEEDED", output: 5, seconds: 100 },
      { status: "FAILED", error: "States.Timeout", seconds: 80 },
      { status: "TIMED_OUT", error: "States.Timeout", seconds: 90 },
    ]);
  });

  it("accepts a token it gave before, and does not send its message again", async () => {
    const first = await open(new VirtualClock(START));
    const arn = await first.start(single(tokenTask()));
    await first.clock.settle();
    first.engine.close();
    const second = await open(new VirtualClock(START));
    await second.engine.call("SendTaskSuccess", { taskToken: tokenOf(first.messages[0]), output: "3" });
    expect(await second.ending(arn)).toMatchObject({ status: "SUCCEEDED", output: 3 });
    expect(second.messages).toEqual([]);
  });

  it("makes a call again that was not answered, with the same request", async () => {
    const never = new Promise(() => {});
    const first = await open(new VirtualClock(START), { invoke: () => never });
    const state = { Type: "Task", Resource: LAMBDA, Parameters: { "id.$": "States.UUID()" } };
    const arn = await first.start(
      { StartAt: "M", States: { M: { Type: "Map", ItemProcessor: single(state), End: true } } },
      [1, 2],
    );
    first.engine.close();
    const second = await open(new VirtualClock(START));
    await second.clock.settle();
    expect(second.invocations.map(({ payload }) => payload)).toEqual(first.invocations.map(({ payload }) => payload));
    expect(await second.ending(arn)).toMatchObject({
      status: "SUCCEEDED",
      output: first.invocations.map(({ payload }) => payload),
    });
  });

  it("delivers a status event again until its delivery is confirmed", async () => {
    const seen: string[] = [];
    const options = {
      databasePath: join(folder, "states.db"),
      region: "eu-central-1",
      accountId: "123456789012",
      clock: new VirtualClock(START),
      random: Math.random,
      integrations: {
        sendMessage: async () => ({ MessageId: "" }),
        invoke: async () => ({ payload: 1 }),
        putEvents: async () => 1,
      },
    };
    const first = await createEngine({
      ...options,
      onStatusChange: ({ id }) => {
        seen.push(id);
        return Promise.reject(new Error("bus is down"));
      },
    });
    const { stateMachineArn } = await first.call("CreateStateMachine", {
      name: "m",
      definition: JSON.stringify(single({ Type: "Pass" })),
      roleArn: "r",
    });
    await first.call("StartExecution", { stateMachineArn });
    await options.clock.settle();
    first.close();
    const again: string[] = [];
    const second = await createEngine({ ...options, onStatusChange: ({ id }) => void again.push(id) });
    await options.clock.settle();
    second.close();
    expect(seen).toHaveLength(2);
    expect(again).toEqual(seen);
    const third = await createEngine({ ...options, onStatusChange: ({ id }) => void again.push(id) });
    await options.clock.settle();
    third.close();
    expect(again).toEqual(seen);
  });
});

describe("status events", () => {
  it("show how an execution began and ended, in the envelope of EventBridge", async () => {
    const world = await createWorld();
    const arn = await world.start(single({ Type: "Wait", Seconds: 2 }), { a: 1 });
    while (await world.clock.advanceToNext());
    expect(world.statuses.map(({ detail }) => [detail.status, detail.stopDate, detail.output])).toEqual([
      ["RUNNING", null, null],
      ["SUCCEEDED", START + 2_000, '{"a":1}'],
    ]);
    expect(world.statuses[1]).toMatchObject({
      source: "aws.states",
      "detail-type": "Step Functions Execution Status Change",
      account: "123456789012",
      time: "2026-01-01T00:00:02Z",
      region: "eu-central-1",
      resources: [arn],
      detail: { executionArn: arn, input: '{"a":1}', inputDetails: { included: true }, startDate: START, error: null },
    });
  });
});
