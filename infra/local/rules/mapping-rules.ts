import { scalarText, tryParseJson } from "../json.ts";
import type { ResourceView } from "./resource-view.ts";
import { PropertyRules, type ServiceRule } from "./service-rule.ts";

const mappings = new PropertyRules(
  "mapping",
  "AWS::Lambda::EventSourceMapping",
  "lambda/latest/api/API_CreateEventSourceMapping.html",
);

const MAX_FILTERS = 5;
const MAX_PATTERN = 4096;
/** Lambda gives a function this long when its template says nothing. */
const DEFAULT_TIMEOUT = 3;
/** SQS hides a message this long when its template says nothing. */
const DEFAULT_VISIBILITY = 30;
const BATCH_WITHOUT_WINDOW = 10;

const queueOf = (mapping: ResourceView): ResourceView | undefined => {
  const source = mapping.target("EventSourceArn");
  return source?.type === "AWS::SQS::Queue" ? source : undefined;
};
const isOfQueue = (mapping: ResourceView): boolean =>
  queueOf(mapping) !== undefined || mapping.text("EventSourceArn")?.split(":")[2] === "sqs";
const isOfTable = (mapping: ResourceView): boolean => mapping.target("EventSourceArn")?.type === "AWS::DynamoDB::Table";
const isFifo = (mapping: ResourceView): boolean => queueOf(mapping)?.text("FifoQueue") === "true";
const window = (mapping: ResourceView): number => mapping.number("MaximumBatchingWindowInSeconds") ?? 0;
const patterns = (mapping: ResourceView): (string | undefined)[] =>
  mapping.objects("FilterCriteria.Filters").map(({ Pattern }) => scalarText(Pattern));

/** Properties that only mappings of streams have. */
const OF_STREAMS = [
  "BisectBatchOnFunctionError", "MaximumRetryAttempts", "MaximumRecordAgeInSeconds", "ParallelizationFactor",
  "TumblingWindowInSeconds", "DestinationConfig",
];

/** What Lambda refuses in the mapping of a queue or a stream to a function. */
export const mappingRules: readonly ServiceRule[] = [
  mappings.range("BatchSize", 1, 10_000),
  mappings.range("MaximumBatchingWindowInSeconds", 0, 300),
  mappings.range("ScalingConfig.MaximumConcurrency", 2, 1000),
  mappings.range("ParallelizationFactor", 1, 10),
  mappings.range("MaximumRetryAttempts", -1, 10_000),
  mappings.range("TumblingWindowInSeconds", 0, 900),
  mappings.oneOf("StartingPosition", ["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"]),
  mappings.most("FilterCriteria.Filters", MAX_FILTERS),
  mappings.required("FunctionName"),
  mappings.rule("record age known", "MaximumRecordAgeInSeconds is -1, or 60 to 604800", (mapping) => {
    const age = mapping.number("MaximumRecordAgeInSeconds");
    return age !== undefined && age !== -1 && (age < 60 || age > 604_800);
  }),
  mappings.rule(
    "large batches wait",
    "a batch of more than 10 messages needs a window of 1 s at least",
    (mapping) => isOfQueue(mapping) && (mapping.number("BatchSize") ?? 0) > BATCH_WITHOUT_WINDOW && window(mapping) < 1,
  ),
  mappings.rule(
    "FIFO batches are small",
    "a batch of a FIFO queue has 10 messages at most",
    (mapping) => isFifo(mapping) && (mapping.number("BatchSize") ?? 0) > BATCH_WITHOUT_WINDOW,
  ),
  mappings.rule(
    "FIFO batches do not wait",
    "a FIFO queue takes no batching window",
    (mapping) => isFifo(mapping) && window(mapping) > 0,
  ),
  mappings.rule(
    "queue hides long enough",
    "the queue hides messages for as long as the function may take",
    (mapping) => {
      const [queue, worker] = [queueOf(mapping), mapping.target("FunctionName")];
      if (queue === undefined || worker === undefined) return false;
      return (queue.number("VisibilityTimeout") ?? DEFAULT_VISIBILITY) < (worker.number("Timeout") ?? DEFAULT_TIMEOUT);
    },
  ),
  mappings.rule(
    "reserve covers the mappings",
    "MaximumConcurrency is no more than the function has reserved",
    (mapping) => {
      const reserved = mapping.target("FunctionName")?.number("ReservedConcurrentExecutions");
      return reserved !== undefined && (mapping.number("ScalingConfig.MaximumConcurrency") ?? 0) > reserved;
    },
  ),
  mappings.rule(
    "stream has a start",
    "StartingPosition says where a stream is begun",
    (mapping) => isOfTable(mapping) && !mapping.has("StartingPosition"),
  ),
  mappings.rule(
    "queue has no start",
    "StartingPosition is of streams, not of queues",
    (mapping) => isOfQueue(mapping) && mapping.has("StartingPosition"),
  ),
  mappings.rule(
    "queue has nothing of streams",
    `${OF_STREAMS.join(", ")} are of streams`,
    (mapping) => isOfQueue(mapping) && OF_STREAMS.some((name) => mapping.has(name)),
  ),
  mappings.rule(
    "stream does not scale by messages",
    "ScalingConfig is of queues",
    (mapping) => isOfTable(mapping) && mapping.has("ScalingConfig.MaximumConcurrency"),
  ),
  mappings.rule(
    "table has a stream",
    "the table that is mapped has a StreamSpecification",
    (mapping) => isOfTable(mapping) && mapping.target("EventSourceArn")?.has("StreamSpecification") !== true,
  ),
  mappings.rule("response types known", "FunctionResponseTypes is [ReportBatchItemFailures]", (mapping) =>
    mapping.list("FunctionResponseTypes").some((type) => type !== "ReportBatchItemFailures"),
  ),
  mappings.rule(
    "filters are patterns",
    `a filter's pattern is a JSON object of ${MAX_PATTERN} characters at most`,
    (mapping) =>
      patterns(mapping).some(
        (text) => text !== undefined && (text.length > MAX_PATTERN || typeof tryParseJson(text) !== "object"),
      ),
  ),
];
