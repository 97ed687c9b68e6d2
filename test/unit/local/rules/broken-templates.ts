import { ACCESS, APIS } from "./broken/doors.ts";
import { type Broken, type Change, set, text } from "./broken/change.ts";
import { EVENTS, MONITORING } from "./broken/events.ts";
import { FUNCTIONS, MACHINES, MAPPINGS } from "./broken/compute.ts";
import { QUEUES, TABLES } from "./broken/storage.ts";

/** At least one template for every rule. */
export const BROKEN: readonly Broken[] = [
  ...FUNCTIONS,
  ...MAPPINGS,
  ...QUEUES,
  ...TABLES,
  ...EVENTS,
  ...MACHINES,
  ...APIS,
  ...ACCESS,
  ...MONITORING,
];

/** What lies at the edge of a rule, on the right side. */
export const SOUND: readonly Change[] = [
  ...set("Worker.Timeout", 1, 30, "30"),
  ...set("Worker.MemorySize", 128, 10_240),
  ...set("Worker.Environment.Variables", { LARGE: text(4091) }),
  ...set("Mapping.ScalingConfig.MaximumConcurrency", 2, 1000),
  { "Mapping.BatchSize": 10_000, "Mapping.MaximumBatchingWindowInSeconds": 1 },
  ...set("StreamMapping.BatchSize", 1, 10_000),
  ...set("StreamMapping.MaximumRecordAgeInSeconds", -1, 60, 604_800),
  ...set("Worker.ReservedConcurrentExecutions", 50),
  ...set("Queue.VisibilityTimeout", 30, 43_200, { Ref: "Seconds" }),
  ...set("Queue.DelaySeconds", 0, 900),
  ...set("Queue.RedrivePolicy.maxReceiveCount", 1, 1000),
  ...set("Bucket.BucketName", "a-b", "a.b", "0ab"),
  ...set("Rule.EventPattern", { detail: { state: [{ exists: true }] } }, '{"source":["worker"]}'),
  ...set("Clock.ScheduleExpression", "rate(1 minute)", "cron(0 12 * * ? *)"),
  ...set("Alias.RoutingConfiguration", [{ Weight: 90 }, { Weight: 10 }]),
  { "Method.Integration.TimeoutInMillis": 900_000, "Method.Integration.ResponseTransferMode": "STREAM" },
  ...set("Rest.PathPart", "{rest+}", "agent-card.json", ".well-known"),
  ...set("Alarm.Period", 10, 60, 3600),
  ...set("Alarm.DatapointsToAlarm", 1, 3),
  ...set("Logs.RetentionInDays", 1, 3653),
];
