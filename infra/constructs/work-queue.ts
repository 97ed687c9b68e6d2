import { Duration, Validations } from "aws-cdk-lib";
import { type DeadLetterQueue, Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { type Deployment, nameOf } from "./names.ts";

/** Receives before a message counts as undeliverable. */
const MAX_RECEIVES = 5;

/** An encrypted queue that keeps messages as long as SQS allows. */
function houseQueue(
  scope: Construct,
  deployment: Deployment,
  options: { name: string; deadLetterQueue?: DeadLetterQueue; visibilityTimeout?: Duration; fifo?: true },
): Queue {
  const { name, ...rest } = options;
  return new Queue(scope, name, {
    // Names of FIFO queues end so.
    queueName: `${nameOf(deployment, name)}${rest.fifo === true ? ".fifo" : ""}`,
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    // Twice the workers' 30 s: a crashed worker's messages come back after a minute.
    visibilityTimeout: Duration.seconds(60),
    retentionPeriod: Duration.days(14),
    ...rest,
  });
}

/** Where undeliverable messages wait for a person. */
export function deadLetterQueue(scope: Construct, deployment: Deployment, name: string, more: { readonly fifo?: true } = {}): Queue {
  const queue = houseQueue(scope, deployment, { name: `${name}-dead`, ...more });
  const reason = "it is a dead-letter queue: of a stream, a rule or a schedule, which cdk-nag does not see";
  Validations.of(queue).acknowledge({ id: "AwsSolutions::AwsSolutions-SQS3", reason });
  return queue;
}

/**
 * A queue that work travels through, with its dead-letter queue. `visibilityTimeout`: for workers that take longer than
 * 30 s; `fifo`: messages of a group keep their order.
 */
export function workQueue(
  scope: Construct,
  deployment: Deployment,
  name: string,
  more: { readonly visibilityTimeout?: Duration; readonly fifo?: true } = {},
): { queue: Queue; dead: Queue } {
  const dead = deadLetterQueue(scope, deployment, name, more.fifo === true ? { fifo: true } : {});
  const queue = houseQueue(scope, deployment, { name, deadLetterQueue: { queue: dead, maxReceiveCount: MAX_RECEIVES }, ...more });
  return { queue, dead };
}
