import type { RestApi } from "./apigateway/rest-api.ts";
import type { WebSocketApi } from "./apigateway/websocket-api.ts";
import type { CloudPlace } from "./cloud-place.ts";
import type { DynamoEngine } from "./dynamodb/engine.ts";
import type { StreamReader } from "./dynamodb/stream-reader.ts";
import type { EventBuses } from "./eventbridge/event-bus.ts";
import type { TargetDelivery } from "./eventbridge/target-delivery.ts";
import type { LambdaService } from "./lambda/lambda-service.ts";
import type { Meter } from "./meter.ts";
import type { ObjectStore } from "./s3/object-store.ts";
import type { Scheduler } from "./scheduler/scheduler.ts";
import type { SecretStore } from "./secrets/secret-store.ts";
import type { SqsService } from "./sqs/sqs-service.ts";
import type { Outbox } from "./state/outbox.ts";
import type { Records } from "./state/records.ts";
import type { TurnDatabase } from "./state/turn-database.ts";
import type { CustomResources } from "./resources/custom-resources.ts";
import type { Engine } from "./stepfunctions/engine.ts";

/** Something that reads events and feeds a function, once everything is deployed. */
export interface EventSource {
  start(): void;
  stop(): void;
}

/** What the resources of a template are made of. */
export interface CloudServices {
  readonly place: CloudPlace;
  readonly database: TurnDatabase;
  readonly records: Records;
  readonly outbox: Outbox;
  readonly sqs: SqsService;
  readonly lambda: LambdaService;
  readonly buses: EventBuses;
  readonly delivery: TargetDelivery;
  readonly scheduler: Scheduler;
  readonly engine: Engine;
  readonly dynamo: DynamoEngine;
  readonly streams: StreamReader;
  readonly objects: ObjectStore;
  readonly secrets: SecretStore;
  readonly customResources: CustomResources;
  readonly apis: Map<string, RestApi>;
  readonly socketApis: Map<string, WebSocketApi>;
  readonly eventSources: EventSource[];
  /** Environment variables every function gets: region, credentials, endpoints. */
  readonly runtimeEnvironment: Readonly<Record<string, string>>;
  /** Tells the operator what went wrong behind the scenes. */
  readonly log: (line: string) => void;
  /** Counts what AWS would bill for, where somebody wants to know. */
  readonly meter: Meter | undefined;
  /** Sends a report to a queue, bus or function. */
  sendToDestination(arn: string, body: string): Promise<void>;
  /** Reserves the address of an API before anything refers to it. */
  declareApi(api: RestApi): Promise<void>;
  declareSocketApi(api: WebSocketApi): Promise<void>;
}
