import { join } from "node:path";
import { DynamoEngine } from "./dynamodb/engine.ts";
import { StreamReader } from "./dynamodb/stream-reader.ts";
import type { SocketAlias } from "./apigateway/websocket-server.ts";
import { readTroubles } from "./dynamodb/trouble.ts";
import type { CloudPlace } from "./cloud-place.ts";
import type { Meter } from "./meter.ts";
import type { ObjectStore } from "./s3/object-store.ts";
import { startObjectStore } from "./s3/object-store.ts";
import { Records } from "./state/records.ts";
import { CLOUD_SCHEMA } from "./state/schema.ts";
import { TurnDatabase } from "./state/turn-database.ts";
import { Ports } from "./wire/ports.ts";

export interface OpenOptions extends Omit<CloudPlace, "endpoint"> {
  /** Of the endpoint for all services; 0 keeps that of the last start. */
  readonly port: number;
  readonly lambdaWorkers: number;
  /** Of WebSocket APIs. @default - none */
  readonly socketAliases?: readonly SocketAlias[];
  /** Whether answers wait for the disk. */
  readonly syncs: boolean;
  /** Functions with sandboxes per tenant may run although this machine lets nothing be kept apart. */
  readonly allowsOpenSandboxes?: boolean | undefined;
  readonly log: (line: string) => void;
  /** Counts what AWS would bill for. @default - nobody counts */
  readonly meter?: Meter | undefined;
}

/** Storage, and the addresses of everything that listens. */
export interface Foundation {
  readonly database: TurnDatabase;
  readonly records: Records;
  readonly ports: Ports;
  readonly place: CloudPlace;
  readonly port: number;
  readonly dynamo: DynamoEngine;
  readonly streams: StreamReader;
  readonly objects: ObjectStore;
}

/** Starts what holds data. `closers` learns how to end it, also when a later step fails. */
export async function layFoundation(options: OpenOptions, closers: AsyncDisposableStack): Promise<Foundation> {
  const { stateDir, region, accountId } = options;
  const database = new TurnDatabase(join(stateDir, "cloud.sqlite"), CLOUD_SCHEMA, options.syncs);
  closers.defer(() => database.close());
  const records = new Records(database);
  const ports = new Ports(records);
  const port = await ports.reserve("endpoint", options.port);
  const objects = await startObjectStore(join(stateDir, "s3"), await ports.reserve("s3"));
  closers.defer(() => objects.stop());
  const dynamo = openDynamo(options);
  closers.defer(() => dynamo.close());
  const streams = new StreamReader(dynamo);
  closers.defer(() => streams.stop());
  const place = { region, accountId, stateDir, endpoint: `http://127.0.0.1:${port}` };
  return { database, records, ports, place, port, dynamo, streams, objects };
}

/** Text of rows whose items stay parsed; objects take about three times as much memory. */
const DYNAMO_CACHE_CHARS = 12_000_000;

function openDynamo({ stateDir, region, accountId, syncs, log, meter }: OpenOptions): DynamoEngine {
  return new DynamoEngine({
    directory: stateDir,
    syncs,
    cacheChars: DYNAMO_CACHE_CHARS,
    place: { region, accountId },
    troubles: readTroubles(process.env["A2A_DYNAMODB_TROUBLE"]),
    log,
    capacity: meter && {
      read: (units) => meter.add("dynamodb_read_units", units),
      write: (units) => meter.add("dynamodb_write_units", units),
    },
  });
}

/** What functions find in their environment, and other processes need to reach the cloud. */
export function runtimeEnvironment({ place, objects }: Foundation): Record<string, string> {
  return {
    AWS_REGION: place.region,
    AWS_DEFAULT_REGION: place.region,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL: place.endpoint,
    // Straight to the server: a detour through the endpoint would double the cost of a call.
    AWS_ENDPOINT_URL_S3: objects.endpoint,
    AWS_EC2_METADATA_DISABLED: "true",
    // The caller's own profiles must not leak in.
    AWS_CONFIG_FILE: join(place.stateDir, "no-aws-config"),
    AWS_SHARED_CREDENTIALS_FILE: join(place.stateDir, "no-aws-credentials"),
    TZ: ":UTC",
  };
}
