import { Stack, type StackProps } from "aws-cdk-lib";
import { ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Topic } from "aws-cdk-lib/aws-sns";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { declareAlarms } from "../constructs/alarm-set.ts";
import { type Deployment, nameOf } from "../constructs/names.ts";

export interface ObservabilityStackProps extends StackProps {
  readonly deployment: Deployment;
  /** Queues that work travels through, and those that must stay empty. */
  readonly queues: readonly Queue[];
  /** Functions that must keep up with a stream, which forgets after a day. */
  readonly streamReaders: readonly LambdaFunction[];
}

/** Who is told when something needs a person: alarms of the alert rules whose metric CloudWatch has. */
export class ObservabilityStack extends Stack {
  constructor(scope: Construct, id: string, { deployment, queues, streamReaders, ...props }: ObservabilityStackProps) {
    super(scope, id, props);
    const topic = new Topic(this, "Alarms", { topicName: nameOf(deployment, "alarms"), enforceSSL: true });
    // The topic's policy of its own (enforceSSL) replaces the default one, under which the account's services publish.
    const conditions = { StringEquals: { "aws:SourceAccount": this.account } };
    topic.grantPublish(new ServicePrincipal("cloudwatch.amazonaws.com", { conditions }));
    declareAlarms(this, { deployment, queues, streamReaders, topic });
  }
}
