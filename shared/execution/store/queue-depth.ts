import { GetQueueAttributesCommand, type SQSClient } from "@aws-sdk/client-sqs";

/** How many messages wait in a queue; SQS counts approximately. */
export type QueueDepth = (queueUrl: string) => Promise<number>;

/** Asks SQS how many messages of a queue may be received now. */
export const sqsDepth =
  (sqs: SQSClient): QueueDepth =>
  async (QueueUrl) => {
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["ApproximateNumberOfMessages"] }),
    );
    return Number(Attributes?.["ApproximateNumberOfMessages"] ?? 0);
  };
