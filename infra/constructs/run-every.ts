import { type Duration, Stack, Validations } from "aws-cdk-lib";
import { CfnFunction, type Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Schedule, ScheduleExpression } from "aws-cdk-lib/aws-scheduler";
import { LambdaInvoke } from "aws-cdk-lib/aws-scheduler-targets";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";

export interface RunEveryProps {
  readonly worker: LambdaFunction;
  readonly every: Duration;
  /** Where invocations end that failed after all retries. */
  readonly dead: IQueue;
  /** Tries after the first; none where the next time does as well. @default 0 */
  readonly retryAttempts?: number;
}

/** Invokes a function again and again. */
export function runEvery(scope: Construct, id: string, { worker, every, dead, retryAttempts = 0 }: RunEveryProps): void {
  new Schedule(scope, id, {
    schedule: ScheduleExpression.rate(every),
    target: new LambdaInvoke(worker, { deadLetterQueue: dead, retryAttempts }),
  });
  const { defaultChild } = worker.node;
  if (!(defaultChild instanceof CfnFunction)) throw new Error(`${worker.node.path} is no Lambda function`);
  Validations.of(scope).acknowledge({
    id: `AwsSolutions::AwsSolutions-IAM5[Resource::<${Stack.of(scope).getLogicalId(defaultChild)}.Arn>:*]`,
    reason: "the Scheduler construct lets its role invoke every version of this one function",
  });
}
