import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { type UploadOrder, UploadOutcome } from "../../shared/execution/upload.ts";

/** Has `finish-upload` join an upload's parts and look at what they are: it has the memory for that. */
export async function finishUpload(lambda: LambdaClient, FunctionName: string, order: UploadOrder): Promise<UploadOutcome> {
  const { Payload, FunctionError } = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(order) }));
  const text = Payload === undefined ? "null" : Buffer.from(Payload).toString("utf8");
  if (FunctionError !== undefined) throw new Error(`finish-upload failed: ${text.slice(0, 2000)}`);
  return UploadOutcome.parse(JSON.parse(text));
}
