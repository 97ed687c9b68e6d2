import { randomUUID } from "node:crypto";
import { AwsError } from "../wire/aws-error.ts";
import { receiptHandle } from "./message.ts";
import type { SqsService } from "./sqs-service.ts";

const CHUNK = 100;

/**
 * `StartMessageMoveTask`: moves every visible message of a dead-letter queue to `destinationArn`, or back to where each
 * came from. Moves at once instead of in the background; messages without a known source stay.
 *
 * @throws {AwsError} the queue is nobody's dead-letter queue.
 */
export async function moveDeadLetters(sqs: SqsService, sourceArn: string, destinationArn?: string): Promise<object> {
  const source = sqs.queue(sourceArn);
  const isTarget = sqs.queues.some(({ settings }) => settings.redrive?.deadLetterTargetArn === sourceArn);
  if (!isTarget)
    throw new AwsError("UnsupportedOperation", "the source queue is not the dead-letter queue of any queue");
  for (let left = source.counts.visible; left > 0; left -= CHUNK) {
    const messages = await source.receive({ max: Math.min(CHUNK, left), waitMs: 0, isInProcess: true });
    for (const message of messages) {
      const target = destinationArn ?? message.sourceArn;
      if (target === undefined) continue;
      sqs.move(sqs.queue(target), message, undefined);
      source.delete(receiptHandle(message));
    }
  }
  return { TaskHandle: randomUUID() };
}
