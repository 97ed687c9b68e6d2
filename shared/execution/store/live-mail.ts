import { createHash } from "node:crypto";
import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { chunksOf } from "../../aws/chunks.ts";
import { LIVE_LIMITS } from "../live/limits.ts";
import type { LiveBatch } from "../live/live-batch.ts";

/** Hands events over to those who listen; what was handed over a moment ago is not handed over again. */
export const liveMail =
  (sqs: SQSClient, queue: string) =>
  async ({ events, ...batch }: LiveBatch): Promise<void> => {
    for (const chunk of chunksOf(events, LIVE_LIMITS.eventsPerMessage)) {
      const ids = chunk.map(({ event_id: id }) => id).join("\n");
      await sqs.send(
        new SendMessageCommand({
          QueueUrl: queue,
          MessageBody: JSON.stringify({ ...batch, events: chunk } satisfies LiveBatch),
          // The events of an execution keep their order.
          MessageGroupId: `${batch.tenant}/${batch.execution_id}`,
          MessageDeduplicationId: createHash("sha256").update(`${batch.tenant}\n${batch.execution_id}\n${ids}`).digest("hex"),
        }),
      );
    }
  };
