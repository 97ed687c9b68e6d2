import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SQSClient } from "@aws-sdk/client-sqs";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

/** A document client that drops undefined attributes, so that optional fields stay absent. */
export const documentClient = (): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(new DynamoDBClient({ maxAttempts: 5 }), {
    marshallOptions: { removeUndefinedValues: true },
  });

/** Path style, because bucket host names do not resolve on every endpoint that speaks S3. */
export const s3Client = (): S3Client => new S3Client({ forcePathStyle: true });

export const sqsClient = (): SQSClient => new SQSClient({});
export const sfnClient = (): SFNClient => new SFNClient({});
export const lambdaClient = (): LambdaClient => new LambdaClient({});
export const eventBridgeClient = (): EventBridgeClient => new EventBridgeClient({});
export const secretsClient = (): SecretsManagerClient => new SecretsManagerClient({});
