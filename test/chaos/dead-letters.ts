import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient, StartMessageMoveTaskCommand } from "@aws-sdk/client-sqs";
import type { StartedCloud } from "../integration/support/started-cloud.ts";

/**
 * Sends messages that were received too often back to where they came from, as the operating guide tells a person to: a
 * message that happens to be in hands at every kill ends there although nothing is wrong with it.
 *
 * @returns how many there were.
 */
export async function redriveDeadLetters(cloud: StartedCloud): Promise<number> {
  const [, endpoint = ""] = [...cloud.output.matchAll(/AWS\s+(http:\/\/\S+)/g)].at(-1) ?? [];
  if (endpoint === "") return 0;
  const sqs = new SQSClient({ endpoint, region: "eu-central-1", credentials: { accessKeyId: "local", secretAccessKey: "local" }, maxAttempts: 1 });
  try {
    const { QueueUrls: urls = [] } = await sqs.send(new ListQueuesCommand({}));
    let moved = 0;
    for (const url of urls.filter(isDeadLetterQueue)) moved += await redrive(sqs, url);
    return moved;
  } finally {
    sqs.destroy();
  }
}

/** Those of queues. What a stream or a rule gave up on has no queue to go back to, and should not be there. */
const isDeadLetterQueue = (url: string): boolean => url.endsWith("-dead") && !/-(events|stream)-dead$/.test(url);

async function redrive(sqs: SQSClient, url: string): Promise<number> {
  const { Attributes: attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["ApproximateNumberOfMessages", "QueueArn"] }),
  );
  const count = Number(attributes["ApproximateNumberOfMessages"]);
  if (count > 0) await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: attributes["QueueArn"] }));
  return count;
}
