import { Duration, Stack, type StackProps } from "aws-cdk-lib";
import { Alarm, ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Topic } from "aws-cdk-lib/aws-sns";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { type Deployment, nameOf } from "../constructs/names.ts";

export interface ObservabilityStackProps extends StackProps {
  readonly deployment: Deployment;
  /** Queues that must stay empty. */
  readonly deadLetters: readonly Queue[];
}

/** Who is told when something needs a person. */
export class ObservabilityStack extends Stack {
  constructor(scope: Construct, id: string, { deployment, deadLetters, ...props }: ObservabilityStackProps) {
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
  }
}
