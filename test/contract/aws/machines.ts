import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeExecutionCommand,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { CreateQueueCommand, DeleteQueueCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import * as z from "zod";
import { eventually } from "./behaviour.ts";
import type { Aws } from "./clients.ts";

/** What a machine is made of. */
export const shapeOf = (aws: Aws, definition: object, name = aws.name("probe")) => ({
  name,
  roleArn: aws.roleArn,
  definition: JSON.stringify(definition),
});

/** A machine that is there for as long as `use` takes. */
export async function withMachine<Found>(
  aws: Aws,
  definition: object,
  use: (arn: string) => Promise<Found>,
): Promise<Found> {
  const { stateMachineArn = "" } = await aws.sfn.send(new CreateStateMachineCommand(shapeOf(aws, definition)));
  try {
    return await use(stateMachineArn);
  } finally {
    await aws.sfn.send(new DeleteStateMachineCommand({ stateMachineArn }));
  }
}

/** @returns ARN of the execution. */
export async function start({ sfn }: Aws, stateMachineArn: string, input: unknown = {}): Promise<string> {
  const { executionArn = "" } = await sfn.send(
    new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
  );
  return executionArn;
}

/** How an execution ended: its output, or its error and cause. */
export const ended = ({ sfn }: Aws, executionArn: string) =>
  eventually(async () => {
    const { status, output, error, cause } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    if (status === "RUNNING") return undefined;
    return status === "SUCCEEDED" ? { status, output: JSON.parse(output ?? "null") } : { status, error, cause };
  });

/** Runs a machine to its end. */
export const ran = (aws: Aws, definition: object, input: unknown = {}) =>
  withMachine(aws, definition, async (arn) => ended(aws, await start(aws, arn, input)));

/** A machine of one state; names are unique in all of a machine, so branches need others. */
export const one = (state: object, name = "only"): object => ({
  StartAt: name,
  States: { [name]: { End: true, ...state } },
});
/** Runs for longer than anybody looks. */
export const WAITING = one({ Type: "Wait", Seconds: 30 });

const Running = z.object({ token: z.string(), run: z.object({ id: z.literal(7) }) });

/** A machine whose only task waits for the token that it puts into a queue. */
export async function withToken<Found>(
  aws: Aws,
  state: object,
  use: (execution: string, token: string) => Promise<Found>,
): Promise<Found> {
  const { QueueUrl = "" } = await aws.sqs.send(new CreateQueueCommand({ QueueName: aws.name("tokens") }));
  const task = {
    Type: "Task",
    Resource: "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    Parameters: { QueueUrl, MessageGroupId: "tenant", MessageBody: { "token.$": "$$.Task.Token", "run.$": "$" } },
  };
  try {
    return await withMachine(aws, one({ ...task, ...state }), async (arn) => {
      const execution = await start(aws, arn, { id: 7 });
      const body = await eventually(
        async () =>
          (await aws.sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }))).Messages?.[0]?.Body,
      );
      return use(execution, Running.parse(JSON.parse(body)).token);
    });
  } finally {
    await aws.sqs.send(new DeleteQueueCommand({ QueueUrl }));
  }
}
