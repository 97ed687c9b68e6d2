import { isJsonObject, type JsonObject, tryParseJson } from "../json.ts";
import type { ResourceView } from "./resource-view.ts";
import { PropertyRules, type ServiceRule } from "./service-rule.ts";

const queues = new PropertyRules(
  "queue",
  "AWS::SQS::Queue",
  "AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html",
);

const isFifo = (queue: ResourceView): boolean => queue.text("FifoQueue") === "true";

/** A policy that a template writes as an object or as its JSON text. */
function policy(queue: ResourceView, path: string): JsonObject {
  const value = queue.at(path);
  const parsed = typeof value === "string" ? tryParseJson(value) : value;
  return isJsonObject(parsed) ? parsed : {};
}

/** What SQS refuses in a queue. */
export const queueRules: readonly ServiceRule[] = [
  queues.range("VisibilityTimeout", 0, 43_200),
  queues.range("MessageRetentionPeriod", 60, 1_209_600),
  queues.range("DelaySeconds", 0, 900),
  queues.range("ReceiveMessageWaitTimeSeconds", 0, 20),
  queues.range("MaximumMessageSize", 1024, 1_048_576),
  queues.range("KmsDataKeyReusePeriodSeconds", 60, 86_400),
  queues.shape("QueueName", /^(?=.{1,80}$)[\w-]+(\.fifo)?$/, "letters, digits, - and _, 80 at most, .fifo included"),
  queues.oneOf("DeduplicationScope", ["messageGroup", "queue"]),
  queues.oneOf("FifoThroughputLimit", ["perQueue", "perMessageGroupId"]),
  queues.rule("name says FIFO", "the name of a FIFO queue, and of no other, ends with .fifo", (queue) => {
    const name = queue.text("QueueName");
    return name !== undefined && name.endsWith(".fifo") !== isFifo(queue);
  }),
  queues.rule(
    "FIFO is true or absent",
    "FifoQueue is true, or not there",
    (queue) => queue.text("FifoQueue") === "false",
  ),
  queues.rule("deduplication needs FIFO", "deduplication and its throughput are of FIFO queues", (queue) => {
    const names = ["ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"];
    return !isFifo(queue) && names.some((name) => queue.has(name) && queue.text(name) !== "false");
  }),
  queues.rule("receive count in range", "maxReceiveCount is 1 to 1000", (queue) => {
    const count = policy(queue, "RedrivePolicy")["maxReceiveCount"];
    return count !== undefined && !(Number(count) >= 1 && Number(count) <= 1000);
  }),
  queues.rule("redrive names a queue", "a redrive policy has deadLetterTargetArn and maxReceiveCount", (queue) => {
    if (!queue.has("RedrivePolicy")) return false;
    const { deadLetterTargetArn, maxReceiveCount } = policy(queue, "RedrivePolicy");
    return deadLetterTargetArn === undefined || maxReceiveCount === undefined;
  }),
  queues.rule(
    "dead letters of the same kind",
    "the dead-letter queue of a FIFO queue is a FIFO queue, and of another one none",
    (queue) => {
      const dead = queue.target("RedrivePolicy.deadLetterTargetArn");
      return dead !== undefined && isFifo(dead) !== isFifo(queue);
    },
  ),
  queues.rule(
    "one encryption",
    "SqsManagedSseEnabled and KmsMasterKeyId exclude each other",
    (queue) => queue.text("SqsManagedSseEnabled") === "true" && queue.has("KmsMasterKeyId"),
  ),
];

const policies = new PropertyRules(
  "queue policy",
  "AWS::SQS::QueuePolicy",
  "AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queuepolicy.html",
);

/** What SQS refuses in a queue's policy. */
export const queuePolicyRules: readonly ServiceRule[] = [
  policies.required("PolicyDocument"),
  policies.required("Queues"),
];
