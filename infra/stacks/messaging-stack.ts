import { Duration, Stack, type StackProps } from "aws-cdk-lib";
import { EventBus } from "aws-cdk-lib/aws-events";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { type Deployment, nameOf } from "../constructs/names.ts";
import { deadLetterQueue, workQueue } from "../constructs/work-queue.ts";

/** Queues that carry tasks, most urgent first. */
export const PRIORITIES = ["critical", "high", "medium", "low"] as const;
export type PriorityName = (typeof PRIORITIES)[number];

export interface MessagingStackProps extends StackProps {
  readonly deployment: Deployment;
}

/** Work in four priorities, follow-ups, the bus, and a dead-letter queue behind each. */
export class MessagingStack extends Stack {
  readonly tasks: Readonly<Record<PriorityName, Queue>>;
  readonly watch: Queue;
  readonly settle: Queue;
  readonly streamFailures: Queue;
  readonly deadLetters: readonly Queue[];
  readonly bus: EventBus;

  constructor(scope: Construct, id: string, { deployment, ...props }: MessagingStackProps) {
    super(scope, id, props);
    const dead: Queue[] = [];
    const work = (name: string): Queue => {
      const made = workQueue(this, deployment, name);
      dead.push(made.dead);
      return made.queue;
    };
    this.tasks = {
      critical: work("tasks-critical"),
      high: work("tasks-high"),
      medium: work("tasks-medium"),
      low: work("tasks-low"),
    };
    this.watch = work("watch");
    this.settle = work("settle");
    this.streamFailures = deadLetterQueue(this, deployment, "stream");
    this.deadLetters = [...dead, this.streamFailures];
    this.bus = new EventBus(this, "Bus", { eventBusName: nameOf(deployment, "events") });
    this.bus.archive("Archive", {
      archiveName: nameOf(deployment, "events"),
      eventPattern: { account: [this.account] },
      retention: Duration.days(90),
    });
  }
}
