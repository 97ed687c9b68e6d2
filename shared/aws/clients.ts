import { ApiGatewayManagementApiClient } from "@aws-sdk/client-apigatewaymanagementapi";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
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

/** Signs links to which others send: nothing can be said of the checksum of what is not known yet. */
export const linkSigner = (config: S3ClientConfig = {}): S3Client =>
  new S3Client({ ...config, forcePathStyle: true, requestChecksumCalculation: "WHEN_REQUIRED" });

/** Region, endpoint and credentials come from the environment, here and below. */
export const sqsClient = (): SQSClient => new SQSClient({});
/** Step Functions: starts and stops runs, answers tokens. */
export const sfnClient = (): SFNClient => new SFNClient({});
/** Calls functions of this deployment. */
export const lambdaClient = (): LambdaClient => new LambdaClient({});
/** Puts events on the bus. */
export const eventBridgeClient = (): EventBridgeClient => new EventBridgeClient({});
/** Reads agents' credentials. */
export const secretsClient = (): SecretsManagerClient => new SecretsManagerClient({});
/** Posts to connections. One try: who posts knows better what a full buffer means. */
export const socketsClient = (endpoint: string): ApiGatewayManagementApiClient => new ApiGatewayManagementApiClient({ endpoint, maxAttempts: 1 });
