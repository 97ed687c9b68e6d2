import * as sdk from "@aws-sdk/client-sqs";
import { thinClient } from "./thin-client.ts";

export * from "@aws-sdk/client-sqs";
export const SQSClient = thinClient({ prefix: "AmazonSQS", sdk });
