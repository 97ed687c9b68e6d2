import * as z from "zod";
import { physicalName } from "../cloudformation/deployment.ts";
import { TemplateError } from "../cloudformation/intrinsics.ts";
import type { DeliveryTarget } from "../eventbridge/target-delivery.ts";
import type { RuleTarget } from "../eventbridge/target-delivery.ts";
import { TargetInput, targetInput } from "../eventbridge/target-input.ts";
import type { ResourceTypes } from "./resource-type.ts";
import { jsonText, resourceType } from "./resource-type.ts";

const QUEUE_ATTRIBUTES = [
  "DelaySeconds",
  "VisibilityTimeout",
  "MessageRetentionPeriod",
  "ReceiveMessageWaitTimeSeconds",
  "MaximumMessageSize",
  "RedrivePolicy",
  "ContentBasedDeduplication",
  "FifoQueue",
] as const;
const attribute = z.union([jsonText, z.unknown().transform(String)]).optional();
const Queue = z.object({
  QueueName: z.string().optional(),
  ...Object.fromEntries(QUEUE_ATTRIBUTES.map((name) => [name, attribute])),
});

const queue = resourceType(z.looseObject(Queue.shape), (properties, resource, { sqs }) => {
  const isFifo = String(properties["FifoQueue"]) === "true";
  const name = properties.QueueName ?? `${physicalName(resource, isFifo ? 75 : 80)}${isFifo ? ".fifo" : ""}`;
  const attributes: Record<string, string> = {};
  for (const key of QUEUE_ATTRIBUTES) {
    const value = properties[key];
    if (value !== undefined) attributes[key] = typeof value === "string" ? value : JSON.stringify(value);
  }
  const { url, arn } = sqs.declareQueue(name, attributes);
  return { ref: url, attributes: { Arn: arn, QueueName: name, QueueUrl: url } };
});

const eventBus = resourceType(z.object({ Name: z.string() }), ({ Name }, _, { buses, place }) => {
  buses.createBus(Name);
  return {
    ref: Name,
    attributes: { Arn: `arn:aws:events:${place.region}:${place.accountId}:event-bus/${Name}`, Name },
  };
});

const delivery = {
  Arn: z.string(),
  DeadLetterConfig: z.object({ Arn: z.string().optional() }).optional(),
  RetryPolicy: z
    .object({
      MaximumRetryAttempts: z.coerce.number().optional(),
      MaximumEventAgeInSeconds: z.coerce.number().optional(),
    })
    .optional(),
  SqsParameters: z.object({ MessageGroupId: z.string().optional() }).optional(),
};
const Target = z.object({ ...delivery, ...TargetInput.shape });
const Rule = z.object({
  Name: z.string().optional(),
  EventBusName: z.string().default("default"),
  EventPattern: z.json().optional(),
  ScheduleExpression: z.string().optional(),
  State: z.string().default("ENABLED"),
  Targets: z.array(Target).default([]),
});

const rule = resourceType(Rule, (properties, resource, { buses, place, scheduler, delivery: deliveries }) => {
  const name = properties.Name ?? physicalName(resource);
  const bus = properties.EventBusName.split("/").at(-1) ?? "default";
  const arn = `arn:aws:events:${place.region}:${place.accountId}:rule/${bus === "default" ? "" : `${bus}/`}${name}`;
  const created = { ref: name, attributes: { Arn: arn } };
  if (properties.State === "DISABLED") return created;
  const targets = properties.Targets.map((target): RuleTarget => ({ ...deliveryTarget(target), input: target }));
  if (properties.EventPattern !== undefined) buses.addRule(bus, { arn, pattern: properties.EventPattern, targets });
  if (properties.ScheduleExpression === undefined) return created;
  scheduler.add({
    name: arn,
    expression: properties.ScheduleExpression,
    fire: (at) => {
      const event = {
        version: "0",
        id: crypto.randomUUID(),
        "detail-type": "Scheduled Event",
        source: "aws.events",
        account: place.accountId,
        time: `${new Date(at).toISOString().slice(0, 19)}Z`,
        region: place.region,
        resources: [arn],
        detail: {},
      };
      for (const target of targets) deliveries.deliver(target, targetInput(target.input, event, arn));
    },
  });
  return created;
});

const Schedule = z.object({
  Name: z.string().optional(),
  GroupName: z.string().default("default"),
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: z.string().default("UTC"),
  State: z.string().default("ENABLED"),
  Target: z.object({ ...delivery, Input: z.string().optional() }),
});

const schedule = resourceType(Schedule, (properties, resource, { place, scheduler, delivery: deliveries }) => {
  const name = properties.Name ?? physicalName(resource);
  const arn = `arn:aws:scheduler:${place.region}:${place.accountId}:schedule/${properties.GroupName}/${name}`;
  if (!["UTC", "Etc/UTC"].includes(properties.ScheduleExpressionTimezone)) {
    throw new TemplateError(`schedules run in UTC here, not in ${properties.ScheduleExpressionTimezone}`);
  }
  if (properties.State === "ENABLED") {
    const target = deliveryTarget(properties.Target);
    const fire = (at: number): void => deliveries.deliver(target, scheduleInput(properties.Target.Input, arn, at));
    scheduler.add({ name: arn, expression: properties.ScheduleExpression, fire });
  }
  return { ref: name, attributes: { Arn: arn } };
});

function scheduleInput(input: string | undefined, arn: string, at: number): string {
  const time = `${new Date(at).toISOString().slice(0, 19)}Z`;
  if (input === undefined) return JSON.stringify({ source: "aws.scheduler", time, resources: [arn], detail: {} });
  return input.replaceAll("<aws.scheduler.scheduled-time>", time).replaceAll("<aws.scheduler.schedule-arn>", arn);
}

function deliveryTarget(target: z.infer<z.ZodObject<typeof delivery>>): DeliveryTarget {
  return {
    arn: target.Arn,
    messageGroupId: target.SqsParameters?.MessageGroupId,
    deadLetterArn: target.DeadLetterConfig?.Arn,
    maxRetries: target.RetryPolicy?.MaximumRetryAttempts,
    maxAgeSeconds: target.RetryPolicy?.MaximumEventAgeInSeconds,
  };
}

export const messagingResources: ResourceTypes = {
  "AWS::SQS::Queue": queue,
  "AWS::Events::EventBus": eventBus,
  "AWS::Events::Rule": rule,
  "AWS::Scheduler::Schedule": schedule,
};
