import { describe, expect, it } from "vitest";
import { createWorld, LAMBDA, QUEUE, ROLE, single, tokenOf, tokenTask } from "./harness.ts";

describe("the history of an execution", () => {
  it("tells of a token task as AWS does, in six events", async () => {
    const world = await createWorld();
    const state = tokenTask({
      Parameters: { QueueUrl: QUEUE, MessageBody: { "token.$": "$$.Task.Token" } },
      TimeoutSeconds: 60,
      HeartbeatSeconds: 9,
    });
    const executionArn = await world.start(single(state, "Ask"), { a: 1 });
    const taskToken = tokenOf(world.messages[0]);
    await world.engine.call("SendTaskSuccess", { taskToken, output: '"yes"' });
    const { events } = await world.engine.call("GetExecutionHistory", { executionArn });
    const of = { resourceType: "sqs", resource: "sendMessage.waitForTaskToken" };
    const parameters = JSON.stringify({ QueueUrl: QUEUE, MessageBody: { token: taskToken } });
    const [inputDetails, outputDetails] = [{ truncated: false }, { truncated: false }];
    const at = (id: number, previousEventId: number, type: string) => ({
      id,
      previousEventId,
      type,
      timestamp: 1_767_225_600,
    });
    expect(events).toEqual([
      {
        ...at(1, 0, "ExecutionStarted"),
        executionStartedEventDetails: { input: '{"a":1}', inputDetails, roleArn: ROLE },
      },
      { ...at(2, 0, "TaskStateEntered"), stateEnteredEventDetails: { name: "Ask", input: '{"a":1}', inputDetails } },
      {
        ...at(3, 2, "TaskScheduled"),
        taskScheduledEventDetails: {
          ...of,
          region: "eu-central-1",
          parameters,
          timeoutInSeconds: 60,
          heartbeatInSeconds: 9,
        },
      },
      { ...at(4, 3, "TaskStarted"), taskStartedEventDetails: of },
      {
        ...at(5, 4, "TaskSubmitted"),
        taskSubmittedEventDetails: { ...of, output: '{"MessageId":"m1"}', outputDetails },
      },
      { ...at(6, 5, "TaskSucceeded"), taskSucceededEventDetails: { ...of, output: '"yes"', outputDetails } },
      { ...at(7, 6, "TaskStateExited"), stateExitedEventDetails: { name: "Ask", output: '"yes"', outputDetails } },
      { ...at(8, 7, "ExecutionSucceeded"), executionSucceededEventDetails: { output: '"yes"', outputDetails } },
    ]);
  });

  it.each([
    [
      "a function task",
      single({ Type: "Task", Resource: LAMBDA }),
      [
        "TaskStateEntered",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionSucceeded",
        "TaskStateExited",
      ],
    ],
    [
      "a Parallel",
      single({ Type: "Parallel", Branches: [single({ Type: "Pass" }, "P")] }),
      [
        "ParallelStateEntered",
        "ParallelStateStarted",
        "PassStateEntered",
        "PassStateExited",
        "ParallelStateSucceeded",
        "ParallelStateExited",
      ],
    ],
    [
      "a Map",
      single({ Type: "Map", ItemProcessor: single({ Type: "Pass" }, "P") }),
      [
        "MapStateEntered",
        "MapStateStarted",
        "MapIterationStarted",
        "PassStateEntered",
        "PassStateExited",
        "MapIterationSucceeded",
        "MapStateSucceeded",
        "MapStateExited",
      ],
    ],
    ["a Succeed", { StartAt: "S", States: { S: { Type: "Succeed" } } }, ["SucceedStateEntered", "SucceedStateExited"]],
  ])("of %s", async (_, definition, types) => {
    const world = await createWorld();
    const arn = await world.start(definition, [1]);
    expect(await world.historyTypes(arn)).toEqual(["ExecutionStarted", ...types, "ExecutionSucceeded"]);
  });

  it("of a failed Parallel shows what was aborted", async () => {
    const world = await createWorld();
    const Branches = [
      single({ Type: "Wait", Seconds: 9 }, "W"),
      { StartAt: "F", States: { F: { Type: "Fail", Error: "E" } } },
    ];
    const arn = await world.start(single({ Type: "Parallel", Branches }));
    expect(await world.historyTypes(arn)).toEqual([
      "ExecutionStarted",
      "ParallelStateEntered",
      "ParallelStateStarted",
      "WaitStateEntered",
      "FailStateEntered",
      "WaitStateAborted",
      "ParallelStateFailed",
      "ExecutionFailed",
    ]);
  });

  it("is read in pages, from either end, with or without data", async () => {
    const world = await createWorld();
    const executionArn = await world.start(single({ Type: "Wait", Seconds: 1 }));
    await world.clock.advanceToNext();
    const read = async (request: object): Promise<number[]> => {
      const ids: number[] = [];
      let nextToken: string | undefined;
      do {
        const page = await world.engine.call("GetExecutionHistory", {
          executionArn,
          maxResults: 2,
          ...request,
          ...(nextToken !== undefined && { nextToken }),
        });
        expect(page.events.length).toBeLessThanOrEqual(2);
        ids.push(...page.events.map(({ id }) => id));
        ({ nextToken } = page);
      } while (nextToken !== undefined);
      return ids;
    };
    expect(await read({})).toEqual([1, 2, 3, 4]);
    expect(await read({ reverseOrder: true })).toEqual([4, 3, 2, 1]);
    const {
      events: [first],
    } = await world.engine.call("GetExecutionHistory", { executionArn, includeExecutionData: false });
    expect(first).toMatchObject({
      executionStartedEventDetails: { inputDetails: { truncated: false }, roleArn: ROLE },
    });
    expect(JSON.stringify(first)).not.toContain('"input"');
  });
});
