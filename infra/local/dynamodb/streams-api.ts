import * as z from "zod";
import { operation } from "../wire/operation.ts";
import type { Operations } from "../wire/operation.ts";
import { onTheWire } from "./dynamodb-api.ts";
import type { Call, DynamoEngine } from "./engine.ts";
import { streamArnOf } from "./operations/table-description.ts";
import { DynamoRefusal, invalid } from "./refusal.ts";
import type { Table } from "./table/table.ts";
import { sequenceNumberOf } from "./store/stream-record.ts";
import { LazyRecord } from "./stream-reader.ts";

const READ: Call = { kind: "read" };
/** A stream has one shard: its order is that of the log. */
const SHARD = "shardId-00000000000000000001-00000001";

const Requests = {
  ListStreams: z.strictObject({
    TableName: z.string().optional(),
    Limit: z.int().optional(),
    ExclusiveStartStreamArn: z.string().optional(),
  }),
  DescribeStream: z.strictObject({
    StreamArn: z.string(),
    Limit: z.int().optional(),
    ExclusiveStartShardId: z.string().optional(),
    ShardFilter: z.unknown().optional(),
  }),
  GetShardIterator: z.strictObject({
    StreamArn: z.string(),
    ShardId: z.literal(SHARD),
    ShardIteratorType: z.enum(["TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"]),
    SequenceNumber: z.string().regex(/^\d+$/).optional(),
  }),
  GetRecords: z.strictObject({ ShardIterator: z.string(), Limit: z.int().min(1).max(1000).default(1000) }),
};

/** An iterator says where its reader is: nothing is kept for it here. */
const Iterator = z.tuple([z.string(), z.number()]);

/** DynamoDB Streams over HTTP: what is not read by a mapping any more can be read for a while. */
export function streamOperations(engine: DynamoEngine): Operations {
  const answer = <Request>(schema: z.ZodType<Request>, act: (request: Request) => object) =>
    operation(schema, async (request: Request) => {
      try {
        return await engine.answer(READ, () => act(request));
      } catch (error) {
        throw error instanceof DynamoRefusal ? onTheWire(error) : error;
      }
    });
  return {
    ListStreams: answer(Requests.ListStreams, ({ TableName: only }) => {
      const streams = engine.storage.catalog
        .all()
        .filter(({ name, stored }) => stored.streamLabel !== undefined && (only ?? name) === name);
      return { Streams: streams.map((table) => headOf(engine, table)) };
    }),
    DescribeStream: answer(Requests.DescribeStream, ({ StreamArn }) => ({
      StreamDescription: describe(engine, tableOf(engine, StreamArn)),
    })),
    GetShardIterator: answer(
      Requests.GetShardIterator,
      ({ StreamArn, ShardIteratorType: type, SequenceNumber: number }) => {
        const table = tableOf(engine, StreamArn);
        return { ShardIterator: printIterator(table.name, startOf(engine, table, { type, number })) };
      },
    ),
    GetRecords: answer(Requests.GetRecords, ({ ShardIterator, Limit }) => recordsAt(engine, ShardIterator, Limit)),
  };
}

function headOf({ place }: DynamoEngine, table: Table): object {
  return { StreamArn: streamArnOf(table, place), StreamLabel: table.stored.streamLabel, TableName: table.name };
}

function describe(engine: DynamoEngine, table: Table): object {
  const start = sequenceNumberOf(engine.storage.streams.startOf(table.space) + 1);
  return {
    ...headOf(engine, table),
    ...stateOf(table),
    KeySchema: table.stored.definition.KeySchema,
    Shards: [{ ShardId: SHARD, SequenceNumberRange: { StartingSequenceNumber: start } }],
  };
}

const stateOf = ({ hasStream, stored }: Table): object => ({
  StreamStatus: hasStream ? "ENABLED" : "DISABLED",
  StreamViewType: stored.definition.StreamSpecification?.StreamViewType,
});

function tableOf({ storage, place }: DynamoEngine, arn: string): Table {
  const table = storage.catalog.all().find((each) => streamArnOf(each, place) === arn);
  if (table === undefined)
    throw new DynamoRefusal("ResourceNotFoundException", `Requested resource not found: Stream: ${arn} not found`);
  return table;
}

interface Start {
  readonly type: z.infer<typeof Requests.GetShardIterator>["ShardIteratorType"];
  readonly number: string | undefined;
}

function startOf({ storage }: DynamoEngine, { space }: Table, { type, number }: Start): number {
  if (type === "TRIM_HORIZON") return storage.streams.startOf(space);
  if (type === "LATEST") return storage.end;
  if (number === undefined) throw invalid(`${type} needs a SequenceNumber`);
  return type === "AFTER_SEQUENCE_NUMBER" ? Number(number) : Number(number) - 1;
}

const printIterator = (table: string, position: number): string =>
  Buffer.from(JSON.stringify([table, position])).toString("base64url");

function readIterator(text: string): z.infer<typeof Iterator> {
  try {
    return Iterator.parse(JSON.parse(Buffer.from(text, "base64url").toString()));
  } catch (error) {
    throw Object.assign(invalid("Invalid ShardIterator"), { cause: error });
  }
}

function recordsAt({ storage, place }: DynamoEngine, iterator: string, limit: number): object {
  const [name, after] = readIterator(iterator);
  const table = storage.catalog.get(name);
  const found = storage.streams.read(table.space, { after, upTo: storage.end, limit });
  const viewType = table.stored.definition.StreamSpecification?.StreamViewType ?? "NEW_AND_OLD_IMAGES";
  const records = found.map((each) =>
    printRecord(new LazyRecord(each, (item) => table.keyOf(item)), { viewType, region: place.region }),
  );
  return { Records: records, NextShardIterator: printIterator(name, found.at(-1)?.position ?? after) };
}

function printRecord(
  record: LazyRecord,
  { viewType, region }: { readonly viewType: string; readonly region: string },
): object {
  const { newImage, oldImage } = record;
  return {
    eventID: String(record.position),
    eventName: record.eventName,
    eventVersion: "1.1",
    eventSource: "aws:dynamodb",
    awsRegion: region,
    dynamodb: {
      ApproximateCreationDateTime: record.createdAt,
      Keys: record.keys,
      ...(viewType.startsWith("NEW") && newImage && { NewImage: newImage }),
      ...((viewType === "OLD_IMAGE" || viewType === "NEW_AND_OLD_IMAGES") && oldImage && { OldImage: oldImage }),
      SequenceNumber: record.sequenceNumber,
      SizeBytes: record.sizeBytes,
      StreamViewType: viewType,
    },
    ...(record.isByService && { userIdentity: { Type: "Service", PrincipalId: "dynamodb.amazonaws.com" } }),
  };
}
