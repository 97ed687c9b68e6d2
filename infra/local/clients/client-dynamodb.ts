import * as sdk from "@aws-sdk/client-dynamodb";
import { type Service, thinClient } from "./thin-client.ts";

export * from "@aws-sdk/client-dynamodb";
/** Tries as many as our document client asks of the SDK. */
export const DYNAMODB: Service = { prefix: "DynamoDB_20120810", sdk, maxAttempts: 5 };
export const DynamoDBClient = thinClient(DYNAMODB);
