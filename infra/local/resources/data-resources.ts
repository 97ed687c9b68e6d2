import * as z from "zod";
import { physicalName } from "../cloudformation/deployment.ts";
import type { DynamoEngine } from "../dynamodb/engine.ts";
import { createTable, TableUpdate, updateTable, updateTimeToLive } from "../dynamodb/operations/tables.ts";
import { TableDefinition } from "../dynamodb/table/table-schema.ts";
import { generateSecret, GenerateSecretString } from "../secrets/secret-store.ts";
import type { ResourceTypes } from "./resource-type.ts";
import { flag, resourceType } from "./resource-type.ts";

const Key = z.array(z.object({ AttributeName: z.string(), KeyType: z.string() }));
const Index = z.object({
  IndexName: z.string(),
  KeySchema: Key,
  Projection: z.object({ ProjectionType: z.string().default("ALL"), NonKeyAttributes: z.array(z.string()).optional() }),
});
const Table = z.object({
  TableName: z.string().optional(),
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.string() })),
  KeySchema: Key,
  GlobalSecondaryIndexes: z.array(Index).optional(),
  LocalSecondaryIndexes: z.array(Index).optional(),
  StreamSpecification: z.object({ StreamViewType: z.string() }).optional(),
  TimeToLiveSpecification: z.object({ AttributeName: z.string(), Enabled: flag }).optional(),
});
type Table = z.infer<typeof Table>;

/** The view type is part of the ARN: the mapping that reads the stream needs it. */
export const streamArn = (tableArn: string, viewType: string): string => `${tableArn}/stream/${viewType}`;

const table = resourceType(Table, (properties, resource, { dynamo, place }) => {
  const name = properties.TableName ?? physicalName(resource, 255);
  declareTable(dynamo, name, properties);
  const arn = `arn:aws:dynamodb:${place.region}:${place.accountId}:table/${name}`;
  const viewType = properties.StreamSpecification?.StreamViewType;
  return {
    ref: name,
    attributes: { Arn: arn, TableId: name, ...(viewType && { StreamArn: streamArn(arn, viewType) }) },
  };
});

function declareTable({ storage }: DynamoEngine, name: string, properties: Table): void {
  const { TimeToLiveSpecification: ttl, StreamSpecification: stream, ...definition } = properties;
  const streams = stream && { StreamSpecification: { StreamEnabled: true, ...stream } };
  const existing = storage.catalog.find(name);
  if (existing === undefined)
    createTable(
      storage,
      TableDefinition.parse({ ...definition, TableName: name, BillingMode: "PAY_PER_REQUEST", ...streams }),
    );
  else {
    const { AttributeDefinitions } = properties;
    for (const index of (properties.GlobalSecondaryIndexes ?? []).filter(
      ({ IndexName }) => !existing.indexes.has(IndexName),
    ))
      updateTable(
        storage,
        TableUpdate.parse({ TableName: name, AttributeDefinitions, GlobalSecondaryIndexUpdates: [{ Create: index }] }),
      );
    if (streams !== undefined && !existing.hasStream)
      updateTable(storage, TableUpdate.parse({ TableName: name, ...streams }));
  }
  const isKept = storage.catalog.get(name).ttlAttribute !== undefined;
  if (ttl?.Enabled === true && !isKept) updateTimeToLive(storage, { TableName: name, TimeToLiveSpecification: ttl });
}

const bucket = resourceType(
  z.object({ BucketName: z.string().optional() }),
  ({ BucketName }, resource, { objects, place }) => {
    const name =
      BucketName ??
      physicalName(resource, 63)
        .toLowerCase()
        .replaceAll(/[^a-z0-9-]/g, "-");
    objects.declareBucket(name);
    const domain = `${name}.s3.amazonaws.com`;
    return {
      ref: name,
      attributes: {
        Arn: `arn:aws:s3:::${name}`,
        DomainName: domain,
        RegionalDomainName: `${name}.s3.${place.region}.amazonaws.com`,
      },
    };
  },
);

const Secret = z.object({
  Name: z.string().optional(),
  SecretString: z.string().optional(),
  GenerateSecretString: GenerateSecretString.optional(),
});
const secret = resourceType(Secret, (properties, resource, { secrets }) => {
  const name = properties.Name ?? physicalName(resource);
  const isKept = secrets.hasSecret(name) && properties.SecretString === undefined;
  const generate = (): string => generateSecret(properties.GenerateSecretString ?? GenerateSecretString.parse({}));
  const { arn } = isKept ? secrets.secret(name) : secrets.putSecret(name, properties.SecretString ?? generate());
  return { ref: arn, attributes: { Id: arn } };
});

const Parameter = z.object({ Name: z.string().optional(), Type: z.string(), Value: z.string() });
const parameter = resourceType(Parameter, ({ Name, Type, Value }, resource, { secrets }) => {
  const name = Name ?? physicalName(resource);
  secrets.declareParameter(name, Value);
  return { ref: name, attributes: { Type, Value } };
});

export const dataResources: ResourceTypes = {
  "AWS::DynamoDB::Table": table,
  "AWS::DynamoDB::GlobalTable": table,
  "AWS::S3::Bucket": bucket,
  "AWS::SecretsManager::Secret": secret,
  "AWS::SSM::Parameter": parameter,
};
