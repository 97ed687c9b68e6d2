import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import type { PartialItemFailureResponse } from "@aws-lambda-powertools/batch/types";
import type { Logger } from "@aws-lambda-powertools/logger";
import type { Context, SQSEvent, SQSRecord } from "aws-lambda";
import type * as z from "zod";

/**
 * Works through a batch side by side; only the messages that failed come back. `isRepeat`: somebody had this message
 * before and may have been cut off anywhere.
 *
 * A message that does not fit `schema` fails for ever and so ends in the dead-letter queue, where a person sees it.
 */
export function processMessages<Schema extends z.ZodType>(
  schema: Schema,
  work: (message: z.output<Schema>, isRepeat: boolean) => Promise<void>,
  logger: Logger,
): (event: SQSEvent, context: Context) => Promise<PartialItemFailureResponse> {
  const processor = new BatchProcessor(EventType.SQS);
  const handle = async (record: SQSRecord): Promise<void> => {
    try {
      const isRepeat = record.attributes.ApproximateReceiveCount !== "1";
      await work(schema.parse(JSON.parse(record.body)), isRepeat);
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error));
      const { messageId, attributes } = record;
      logger.error("message failed", {
        tenant: attributes.MessageGroupId,
        messageId,
        receives: attributes.ApproximateReceiveCount,
        error: cause,
      });
      throw cause;
    }
  };
  return (event, context) =>
    processPartialResponse(event, handle, processor, { context, throwOnFullBatchFailure: false });
}
