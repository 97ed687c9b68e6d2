import type { JsonObject } from "../../../../../infra/local/json.ts";
import { attribute, type Broken, each, many, set, text } from "./change.ts";

export const QUEUES: readonly Broken[] = [
  ...each("queue: VisibilityTimeout in range", set("Queue.VisibilityTimeout", -1, 43_201)),
  ...each("queue: MessageRetentionPeriod in range", set("Queue.MessageRetentionPeriod", 59, 1_209_601)),
  ...each("queue: DelaySeconds in range", set("Queue.DelaySeconds", -1, 901)),
  ...each("queue: ReceiveMessageWaitTimeSeconds in range", set("Queue.ReceiveMessageWaitTimeSeconds", 21)),
  ...each("queue: MaximumMessageSize in range", set("Queue.MaximumMessageSize", 1023, 1_048_577)),
  ...each("queue: KmsDataKeyReusePeriodSeconds in range", set("Queue.KmsDataKeyReusePeriodSeconds", 59, 86_401)),
  ...each("queue: QueueName well formed", set("Queue.QueueName", "two words", text(81), "a.b")),
  ...each("queue: DeduplicationScope known", set("FifoQueue.DeduplicationScope", "group")),
  ...each("queue: FifoThroughputLimit known", set("FifoQueue.FifoThroughputLimit", "perGroup")),
  ...each("queue: name says FIFO", [{ "FifoQueue.QueueName": "work" }, { "Queue.QueueName": "work.fifo" }]),
  ...each("queue: FIFO is true or absent", set("Queue.FifoQueue", false)),
  ...each("queue: deduplication needs FIFO", [
    { "Queue.ContentBasedDeduplication": true },
    { "Queue.DeduplicationScope": "queue" },
  ]),
  ...each("queue: receive count in range", set("Queue.RedrivePolicy.maxReceiveCount", 0, 1001)),
  ...each("queue: redrive names a queue", [
    { "Queue.RedrivePolicy.maxReceiveCount": undefined },
    { "Queue.RedrivePolicy.deadLetterTargetArn": undefined },
  ]),
  ...each("queue: dead letters of the same kind", [
    { "Queue.RedrivePolicy.deadLetterTargetArn": attribute("FifoQueue") },
    { "FifoQueue.RedrivePolicy": { deadLetterTargetArn: attribute("Dead"), maxReceiveCount: 5 } },
  ]),
  ...each("queue: one encryption", [{ "Queue.SqsManagedSseEnabled": true, "Queue.KmsMasterKeyId": "key" }]),
  ...each("queue policy: PolicyDocument present", set("QueuePolicy.PolicyDocument", undefined)),
  ...each("queue policy: Queues present", set("QueuePolicy.Queues", undefined)),
];

const index = (name: string, more: JsonObject = {}): JsonObject => ({
  IndexName: name,
  KeySchema: [{ AttributeName: "sk", KeyType: "HASH" }],
  Projection: { ProjectionType: "ALL" },
  ...more,
});
const including = (...names: string[]): JsonObject => ({
  Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: names },
});

export const TABLES: readonly Broken[] = [
  ...each("table: KeySchema present", set("Table.KeySchema", undefined)),
  ...each("table: TableName well formed", set("Table.TableName", "ab", "two words", text(256))),
  ...each("table: BillingMode known", set("Table.BillingMode", "ON_DEMAND")),
  ...each("table: TableClass known", set("Table.TableClass", "COLD")),
  ...each("table: StreamSpecification.StreamViewType known", set("Table.StreamSpecification.StreamViewType", "BOTH")),
  ...each(
    "table: GlobalSecondaryIndexes few enough",
    set(
      "Table.GlobalSecondaryIndexes",
      many(21).map((name) => index(name)),
    ),
  ),
  ...each(
    "table: LocalSecondaryIndexes few enough",
    set(
      "Table.LocalSecondaryIndexes",
      many(6).map((name) => index(name)),
    ),
  ),
  ...each(
    "table: key attributes defined",
    set("Table.AttributeDefinitions", [{ AttributeName: "pk", AttributeType: "S" }]),
  ),
  ...each(
    "table: no other attribute defined",
    set("Table.AttributeDefinitions.2", { AttributeName: "size", AttributeType: "N" }),
  ),
  ...each("table: attributes of a key's types", set("Table.AttributeDefinitions.0.AttributeType", "BOOL")),
  ...each("table: keys of one or two", set("Table.KeySchema.0.KeyType", "RANGE")),
  ...each(
    "table: throughput as billed",
    set("Table.ProvisionedThroughput", { ReadCapacityUnits: 1, WriteCapacityUnits: 1 }),
  ),
  ...each("table: throughput provisioned", set("Table.BillingMode", "PROVISIONED", undefined)),
  ...each("table: expiry names an attribute", set("Table.TimeToLiveSpecification.AttributeName", undefined)),
  ...each("table: local indexes need a range", [
    { "Table.KeySchema": [{ AttributeName: "pk", KeyType: "HASH" }], "Table.LocalSecondaryIndexes": [index("bySize")] },
  ]),
  ...each("table: projections complete", [
    { "Table.GlobalSecondaryIndexes": [index("some", { Projection: { ProjectionType: "INCLUDE" } })] },
    {
      "Table.GlobalSecondaryIndexes": [
        index("all", { Projection: { ProjectionType: "ALL", NonKeyAttributes: ["a"] } }),
      ],
    },
  ]),
  ...each("table: projections small enough", [
    { "Table.GlobalSecondaryIndexes": many(6).map((name) => index(name, including(...many(17)))) },
  ]),
  ...each("table: index names differ", set("Table.GlobalSecondaryIndexes", [index("one"), index("one")])),
  ...each("bucket: BucketName well formed", set("Bucket.BucketName", "Payloads", "ab", "a..b", "192.168.0.1", "-a-b")),
  ...each("bucket: expiry in whole days", set("Bucket.LifecycleConfiguration.Rules.0.ExpirationInDays", 0)),
  ...each("bucket: lifecycle rules do something", set("Bucket.LifecycleConfiguration.Rules.0", { Status: "Enabled" })),
  ...each(
    "bucket: transitions not too early",
    set("Bucket.LifecycleConfiguration.Rules.0.Transitions", [{ StorageClass: "STANDARD_IA", TransitionInDays: 29 }]),
  ),
  ...each(
    "bucket: LifecycleConfiguration.Rules few enough",
    set(
      "Bucket.LifecycleConfiguration.Rules",
      many(1001).map(() => ({ ExpirationInDays: 1 })),
    ),
  ),
  ...each("bucket: VersioningConfiguration.Status known", set("Bucket.VersioningConfiguration", { Status: "On" })),
];
