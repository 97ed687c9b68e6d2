import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeExecutionCommand,
  PublishStateMachineVersionCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import * as z from "zod";
import { type Behaviour, refusal } from "./behaviour.ts";
import { ended, one, ran, shapeOf, start, WAITING, withMachine, withToken } from "./machines.ts";

const REFERENCE = "https://docs.aws.amazon.com/step-functions/latest/apireference";
const GUIDE = "https://docs.aws.amazon.com/step-functions/latest/dg";

/** What we build on in Step Functions. */
export const STEP_FUNCTIONS_BEHAVIOURS: readonly Behaviour[] = [
  {
    name: "Step Functions gives the same execution to the same name and input while it runs, and refuses other input",
    source: `${REFERENCE}/API_StartExecution.html`,
    observe: (aws) =>
      withMachine(aws, WAITING, async (stateMachineArn) => {
        const name = aws.name("run");
        const begin = async (input: string) =>
          (await aws.sfn.send(new StartExecutionCommand({ stateMachineArn, name, input }))).executionArn;
        const executionArn = await begin("{}");
        const same = (await begin("{}").catch(() => undefined)) === executionArn;
        const other = await refusal(begin('{"other":true}'));
        await aws.sfn.send(new StopExecutionCommand({ executionArn }));
        return { same, other, afterwards: await refusal(begin("{}")) };
      }),
    expected: { same: true, other: "ExecutionAlreadyExists", afterwards: "ExecutionAlreadyExists" },
  },
  {
    name: "Step Functions makes the same machine once, and refuses another under its name",
    source: `${REFERENCE}/API_CreateStateMachine.html`,
    observe: async (aws) => {
      const shape = shapeOf(aws, WAITING);
      const { stateMachineArn } = await aws.sfn.send(new CreateStateMachineCommand(shape));
      const again = await aws.sfn.send(new CreateStateMachineCommand(shape));
      const other = await refusal(
        aws.sfn.send(new CreateStateMachineCommand(shapeOf(aws, one({ Type: "Pass" }), shape.name))),
      );
      await aws.sfn.send(new DeleteStateMachineCommand({ stateMachineArn }));
      return { same: again.stateMachineArn === stateMachineArn, other };
    },
    expected: { same: true, other: "StateMachineAlreadyExists" },
  },
  {
    name: "Step Functions publishes one version of one revision",
    source: `${REFERENCE}/API_PublishStateMachineVersion.html`,
    observe: (aws) =>
      withMachine(aws, WAITING, async (stateMachineArn) => {
        const publish = async () =>
          (await aws.sfn.send(new PublishStateMachineVersionCommand({ stateMachineArn }))).stateMachineVersionArn;
        const [first, second] = [await publish(), await publish()];
        return { number: first?.slice(stateMachineArn.length), same: first === second };
      }),
    expected: { number: ":1", same: true },
  },
  {
    name: "Step Functions runs the version that is named",
    source: `${GUIDE}/concepts-state-machine-version.html`,
    observe: (aws) =>
      withMachine(aws, one({ Type: "Pass", Result: "v1" }), async (stateMachineArn) => {
        const { stateMachineVersionArn = "" } = await aws.sfn.send(
          new PublishStateMachineVersionCommand({ stateMachineArn }),
        );
        const executionArn = await start(aws, stateMachineVersionArn);
        const described = await aws.sfn.send(new DescribeExecutionCommand({ executionArn }));
        return {
          ...(await ended(aws, executionArn)),
          version: described.stateMachineVersionArn === stateMachineVersionArn,
          machine: described.stateMachineArn === stateMachineArn,
        };
      }),
    expected: { status: "SUCCEEDED", output: "v1", version: true, machine: true },
  },
  {
    name: "Step Functions refuses a definition with a flaw",
    source: `${REFERENCE}/API_CreateStateMachine.html`,
    observe: (aws) =>
      refusal(
        aws.sfn.send(
          new CreateStateMachineCommand(
            shapeOf(aws, { StartAt: "absent", States: { only: { Type: "Pass", End: true } } }),
          ),
        ),
      ),
    expected: "InvalidDefinition",
  },
  {
    name: "Step Functions knows no execution that is not there",
    source: `${REFERENCE}/API_DescribeExecution.html`,
    observe: (aws) =>
      withMachine(aws, WAITING, (arn) =>
        refusal(
          aws.sfn.send(
            new DescribeExecutionCommand({ executionArn: `${arn.replace(":stateMachine:", ":execution:")}:absent` }),
          ),
        ),
      ),
    expected: "ExecutionDoesNotExist",
  },
  {
    name: "a task goes on with the output that its token is answered with, once",
    source: `${REFERENCE}/API_SendTaskSuccess.html`,
    observe: (aws) =>
      withToken(aws, {}, async (execution, taskToken) => {
        const answer = () => refusal(aws.sfn.send(new SendTaskSuccessCommand({ taskToken, output: '{"done":1}' })));
        const first = await answer();
        const end = await ended(aws, execution);
        return { first, second: await answer(), ...end };
      }),
    expected: { first: "accepted", second: "TaskTimedOut", status: "SUCCEEDED", output: { done: 1 } },
  },
  {
    name: "a task fails with the error and the cause that its token is answered with",
    source: `${REFERENCE}/API_SendTaskFailure.html`,
    observe: (aws) =>
      withToken(aws, {}, async (execution, taskToken) => {
        await aws.sfn.send(new SendTaskFailureCommand({ taskToken, error: "AgentFailed", cause: "it went wrong" }));
        return ended(aws, execution);
      }),
    expected: { status: "FAILED", error: "AgentFailed", cause: "it went wrong" },
  },
  {
    name: "a failure that a token is answered with is caught by its name",
    source: `${GUIDE}/concepts-error-handling.html`,
    observe: (aws) =>
      ran(aws, {
        StartAt: "fails",
        States: {
          fails: {
            Type: "Parallel",
            Branches: [one({ Type: "Fail", End: undefined, Error: "Ours", Cause: "why" })],
            Catch: [{ ErrorEquals: ["Ours"], ResultPath: "$.caught", Next: "after" }],
            End: true,
          },
          after: { Type: "Pass", End: true },
        },
      }),
    expected: { status: "SUCCEEDED", output: { caught: { Error: "Ours", Cause: "why" } } },
  },
  {
    name: "a token that is not answered in time fails its task with States.Timeout, and is dead",
    source: `${GUIDE}/connect-to-resource.html`,
    observe: (aws) =>
      withToken(aws, { TimeoutSeconds: 1 }, async (execution, taskToken) => {
        const { status, error } = z
          .object({ status: z.string(), error: z.string().optional() })
          .parse(await ended(aws, execution));
        return {
          status,
          error,
          late: await refusal(aws.sfn.send(new SendTaskSuccessCommand({ taskToken, output: "{}" }))),
        };
      }),
    expected: { status: "FAILED", error: "States.Timeout", late: "TaskTimedOut" },
  },
  {
    name: "Step Functions refuses a token that it never gave",
    source: `${REFERENCE}/API_SendTaskSuccess.html`,
    observe: (aws) => refusal(aws.sfn.send(new SendTaskSuccessCommand({ taskToken: "made-up", output: "{}" }))),
    expected: "InvalidToken",
  },
  {
    name: "Parallel gives the outputs of its branches in their order; one failure ends the others",
    source: `${GUIDE}/state-parallel.html`,
    observe: async (aws) => {
      const branches = (second: object) =>
        one({ Type: "Parallel", Branches: [one({ Type: "Wait", Seconds: 1 }, "first"), one(second, "second")] });
      return {
        good: await ran(aws, branches({ Type: "Pass", Result: "b" }), "in"),
        bad: await ran(aws, branches({ Type: "Fail", End: undefined, Error: "Ours", Cause: "why" })),
      };
    },
    expected: {
      good: { status: "SUCCEEDED", output: ["in", "b"] },
      bad: { status: "FAILED", error: "Ours", cause: "why" },
    },
  },
  {
    name: "the context object tells the execution and the item",
    source: `${GUIDE}/input-output-contextobject.html`,
    observe: (aws) => {
      const definition = one({
        Type: "Map",
        ItemsPath: "$.items",
        ItemProcessor: one({ Type: "Pass" }, "each"),
        ItemSelector: {
          "at.$": "$$.Map.Item.Index",
          "value.$": "$$.Map.Item.Value",
          "input.$": "$$.Execution.Input.items[0]",
        },
      });
      return ran(aws, definition, { items: ["x", "y"] });
    },
    expected: {
      status: "SUCCEEDED",
      output: [
        { at: 0, value: "x", input: "x" },
        { at: 1, value: "y", input: "x" },
      ],
    },
  },
  {
    name: "a stopped execution is ABORTED with the error and cause given",
    source: `${REFERENCE}/API_StopExecution.html`,
    observe: (aws) =>
      withMachine(aws, WAITING, async (arn) => {
        const executionArn = await start(aws, arn);
        await aws.sfn.send(new StopExecutionCommand({ executionArn, error: "Cancelled", cause: "a person said so" }));
        return ended(aws, executionArn);
      }),
    expected: { status: "ABORTED", error: "Cancelled", cause: "a person said so" },
  },
];
