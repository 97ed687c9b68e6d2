import * as z from "zod";
import type { ResolvedResource } from "../cloudformation/deployment.ts";
import { physicalName } from "../cloudformation/deployment.ts";
import { TemplateError } from "../cloudformation/intrinsics.ts";
import type { CloudServices, EventSource } from "../cloud-services.ts";
import { compileFilter, FilterCriteria } from "../lambda/event-filter.ts";
import { QueueMapping } from "../lambda/queue-mapping.ts";
import { StreamMapping } from "../lambda/stream-mapping.ts";
import type { ResourceTypes } from "./resource-type.ts";
import { count, flag, resourceType } from "./resource-type.ts";

// Batches of one queue that run at a time, where AWS would scale with the backlog.
const DEFAULT_QUEUE_CONCURRENCY = 10;

const Mapping = z.object({
  FunctionName: z.string(),
  EventSourceArn: z.string(),
  Enabled: flag.default(true),
  BatchSize: count.optional(),
  MaximumBatchingWindowInSeconds: count.default(0),
  StartingPosition: z.string().default("LATEST"),
  MaximumRetryAttempts: z.coerce.number().default(-1),
  BisectBatchOnFunctionError: flag.default(false),
  FunctionResponseTypes: z.array(z.string()).default([]),
  FilterCriteria: FilterCriteria.optional(),
  ScalingConfig: z.object({ MaximumConcurrency: count.optional() }).optional(),
  DestinationConfig: z.object({ OnFailure: z.object({ Destination: z.string() }).optional() }).optional(),
});
type Mapping = z.infer<typeof Mapping>;

const mapping = resourceType(Mapping, (properties, resource, cloud) => {
  const [, , service] = properties.EventSourceArn.split(":");
  if (service !== "sqs" && service !== "dynamodb")
    throw new TemplateError(`event source ${properties.EventSourceArn} is not supported`);
  const source = service === "sqs" ? queueMapping(properties, cloud) : streamMapping(properties, resource, cloud);
  if (properties.Enabled) cloud.eventSources.push(source);
  return { ref: physicalName(resource) };
});

function queueMapping(properties: Mapping, { sqs, lambda, place, log, meter }: CloudServices): EventSource {
  const settings = {
    queue: sqs.queue(properties.EventSourceArn),
    functionName: properties.FunctionName,
    batchSize: properties.BatchSize ?? 10,
    windowMs: properties.MaximumBatchingWindowInSeconds * 1000,
    maxConcurrency: properties.ScalingConfig?.MaximumConcurrency ?? DEFAULT_QUEUE_CONCURRENCY,
    reportsItemFailures: properties.FunctionResponseTypes.includes("ReportBatchItemFailures"),
    filter: compileFilter(properties.FilterCriteria),
    region: place.region,
    log,
    meter,
  };
  return new QueueMapping(settings, lambda);
}

function streamMapping(properties: Mapping, resource: ResolvedResource, cloud: CloudServices): EventSource {
  const { lambda, streams: reader, records, place, log } = cloud;
  const [, table = "", viewType = ""] = /:table\/([^/]+)\/stream\/(\w+)$/.exec(properties.EventSourceArn) ?? [];
  const settings = {
    id: physicalName(resource),
    table,
    viewType,
    streamArn: properties.EventSourceArn,
    functionName: properties.FunctionName,
    batchSize: properties.BatchSize ?? 100,
    windowMs: properties.MaximumBatchingWindowInSeconds * 1000,
    startsAtEnd: properties.StartingPosition === "LATEST",
    maxRetries: properties.MaximumRetryAttempts < 0 ? undefined : properties.MaximumRetryAttempts,
    bisectsOnError: properties.BisectBatchOnFunctionError,
    reportsItemFailures: properties.FunctionResponseTypes.includes("ReportBatchItemFailures"),
    filter: compileFilter(properties.FilterCriteria),
    onFailureArn: properties.DestinationConfig?.OnFailure?.Destination,
    region: place.region,
    log,
  };
  const sendToDestination = (arn: string, body: string): Promise<void> => cloud.sendToDestination(arn, body);
  return new StreamMapping(settings, { lambda, reader, records, sendToDestination });
}

export const eventSourceResources: ResourceTypes = { "AWS::Lambda::EventSourceMapping": mapping };
