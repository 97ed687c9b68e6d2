import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";

const s3 = new S3Client({});

/** Writes each event to S3. An id that starts with `poison` fails for ever. */
export async function handler({ Records }: SQSEvent): Promise<SQSBatchResponse> {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const { messageId, body } of Records) {
    const { id }: { id: string } = JSON.parse(body);
    if (id.startsWith("poison")) batchItemFailures.push({ itemIdentifier: messageId });
    else await s3.send(new PutObjectCommand({ Bucket: process.env["BUCKET"], Key: `items/${id}.json`, Body: body }));
  }
  return { batchItemFailures };
}
