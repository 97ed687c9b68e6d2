import { Duration, Stack, type StackProps } from "aws-cdk-lib";
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Topic } from "aws-cdk-lib/aws-sns";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { type Deployment, nameOf } from "../constructs/names.ts";

export interface ObservabilityStackProps extends StackProps {
  readonly deployment: Deployment;
  /** Queues that must stay empty. */
  readonly deadLetters: readonly Queue[];
  /** Functions that must keep up with a stream, which forgets after a day. */
  readonly streamReaders: readonly LambdaFunction[];
}

/** Who is told when something needs a person. */
export class ObservabilityStack extends Stack {
  constructor(scope: Construct, id: string, { deployment, deadLetters, streamReaders, ...props }: ObservabilityStackProps) {
    super(scope, id, props);
    const alarms = new Topic(this, "Alarms", { topicName: nameOf(deployment, "alarms"), enforceSSL: true });
    // The topic's policy of its own (enforceSSL) replaces the default one, under which the account's services publish.
    const conditions = { StringEquals: { "aws:SourceAccount": this.account } };
    alarms.grantPublish(new ServicePrincipal("cloudwatch.amazonaws.com", { conditions }));
    for (const queue of deadLetters) {
      const alarm = new Alarm(this, `${queue.node.id}-filled`, {
        alarmName: `${nameOf(deployment)} ${queue.node.id}`,
        alarmDescription:
          "Meaning: messages failed for good and work stands still. First look: the function's log for the message ids. " +
          "Fix: mend the cause, then redrive the queue (SQS console: Start DLQ redrive); everything tolerates repeats.",
        metric: queue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1), statistic: "Maximum" }),
        threshold: 0,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluationPeriods: 1,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
      alarm.addAlarmAction(new SnsAction(alarms));
    }
    for (const reader of streamReaders) this.#readerBehind(reader, deployment).addAlarmAction(new SnsAction(alarms));
  }

  #readerBehind(reader: LambdaFunction, deployment: Deployment): Alarm {
    const name = reader.node.scope?.node.id ?? reader.node.id;
    return new Alarm(this, `${name}-behind`, {
      alarmName: `${nameOf(deployment)} ${name} behind`,
      alarmDescription:
        "Meaning: what happens to executions has not reached bus, logs and counters for 15 minutes; the stream forgets after 24 hours. " +
        "First look: the function's log and its throttles; then the queue of failed stream batches. " +
        "Fix: mend the cause, and it catches up by itself; beyond 24 hours sweeps rebuild the logs of open executions from their rows.",
      metric: new Metric({
        namespace: "AWS/Lambda",
        metricName: "IteratorAge",
        dimensionsMap: { FunctionName: reader.functionName },
        period: Duration.minutes(1),
        statistic: "Maximum",
      }),
      threshold: Duration.minutes(15).toMilliseconds(),
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
