import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SQSClient } from "@aws-sdk/client-sqs";
import { randomUUID } from "node:crypto";

/** What a behaviour needs: clients of one AWS, and names that nobody else there uses. */
export interface Aws {
  readonly sqs: SQSClient;
  readonly sfn: SFNClient;
  readonly events: EventBridgeClient;
  readonly secrets: SecretsManagerClient;
  readonly s3: S3Client;
  /** A role that Step Functions may take on there. */
  readonly roleArn: string;
  /** A bucket that is there. */
  readonly bucket: string;
  /** A fresh name. */
  readonly name: (stem: string) => string;
}

/** Where the clients go, and what is there. */
export interface AwsPlace extends Pick<Aws, "roleArn" | "bucket"> {
  /** Names of machines and queues begin with it, as roles demand. */
  readonly prefix: string;
  readonly endpoint: string | undefined;
  readonly region: string;
  /** @default - the usual chain */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Opens clients; refusals are part of what is tested, so nothing is tried twice. */
export function openAws({ endpoint, region, credentials, roleArn, bucket, prefix }: AwsPlace): Aws & Disposable {
  const given = {
    region,
    maxAttempts: 1,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
  };
  const clients = {
    sqs: new SQSClient(given),
    sfn: new SFNClient(given),
    events: new EventBridgeClient(given),
    secrets: new SecretsManagerClient(given),
    s3: new S3Client({ ...given, forcePathStyle: true }),
  };
  const run = randomUUID().slice(0, 8);
  return {
    ...clients,
    roleArn,
    bucket,
    name: (stem) => `${prefix}-${stem}-${run}-${randomUUID().slice(0, 4)}`,
    [Symbol.dispose]: () => Object.values(clients).forEach((client) => client.destroy()),
  };
}
