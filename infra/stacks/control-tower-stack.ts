import { Duration, Stack, type StackProps } from "aws-cdk-lib";
import { Rule } from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import { EventSourceMapping, FilterCriteria, FilterRule, type Function as LambdaFunction, StartingPosition } from "aws-cdk-lib/aws-lambda";
import { SqsDlq, SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { WorkflowStatusChanged } from "../../shared/execution/execution-events.ts";
import { acknowledge, grantHookOrders, grantTable } from "../constructs/grants.ts";
import type { Deployment } from "../constructs/names.ts";
import { runEvery } from "../constructs/run-every.ts";
import { ServiceFunction } from "../constructs/service-function.ts";
import { deadLetterQueue, workQueue } from "../constructs/work-queue.ts";
import type { DataStack } from "./data-stack.ts";
import type { MessagingStack } from "./messaging-stack.ts";

export interface ControlTowerStackProps extends StackProps {
  readonly deployment: Deployment;
  readonly data: DataStack;
  readonly messaging: MessagingStack;
}

/** Read models and the bus: everything that watches, nothing that runs work. */
export class ControlTowerStack extends Stack {
  /** Ends of executions that could not be learnt from. */
  readonly deadLetters: readonly Queue[];
  /** Functions that must keep up with a stream, which forgets after a day. */
  readonly streamReaders: readonly LambdaFunction[];

  constructor(scope: Construct, id: string, { deployment, data, messaging, ...props }: ControlTowerStackProps) {
    super(scope, id, props);
    this.streamReaders = [this.#project({ deployment, data, messaging }), this.#publish({ deployment, data, messaging })];
    this.deadLetters = [this.#learn({ deployment, data, messaging }), this.#rollUp({ deployment, data })];
  }

  /** Events into logs, states into counters: gathered for a second, which costs a fifth of the writes. */
  #project(props: ControlTowerStackProps): LambdaFunction {
    const { deployment, data } = props;
    const { function: project } = new ServiceFunction(this, "ProjectEvents", {
      deployment,
      folder: "project-events",
      timeout: Duration.seconds(60),
      environment: { EXECUTIONS_TABLE: data.executions.tableName },
    });
    grantTable(project, deployment, { table: "executions", actions: ["GetItem", "Query", "PutItem", "UpdateItem"] });
    this.#follow("ExecutionsStream", project, { ...props, window: Duration.seconds(1) });
    return project;
  }

  /** Events to the bus at once, and to hooks: tasks and workflows wait for them. */
  #publish(props: ControlTowerStackProps): LambdaFunction {
    const { deployment, data, messaging } = props;
    const { function: publish } = new ServiceFunction(this, "PublishEvents", {
      deployment,
      folder: "publish-events",
      timeout: Duration.seconds(30),
      environment: {
        EXECUTIONS_TABLE: data.executions.tableName,
        CONTROL_TABLE: data.control.tableName,
        BUS_NAME: messaging.bus.eventBusName,
        HOOK_QUEUE_URL: messaging.hooks.queueUrl,
        LIVE_QUEUE_URL: messaging.live.queueUrl,
      },
    });
    messaging.live.grantSendMessages(publish);
    grantTable(publish, deployment, { table: "executions", actions: ["GetItem"] });
    grantHookOrders(publish, { deployment, hooks: messaging.hooks });
    messaging.bus.grantPutEventsTo(publish);
    this.#follow("PublishedExecutions", publish, props);
    return publish;
  }

  /** Hands the stream of the executions table to a function, as far as it tells something. */
  #follow(id: string, reader: LambdaFunction, { data, messaging, window }: ControlTowerStackProps & { window?: Duration }): void {
    const kinds = [FilterRule.isEqual("META"), ...["EVT#", "TASK#"].map((prefix) => FilterRule.beginsWith(prefix))];
    const rows = kinds.map((S) => FilterCriteria.filter({ dynamodb: { Keys: { sk: { S } } } }));
    data.executions.grantStreamRead(reader);
    acknowledge(reader, "AwsSolutions-IAM5[Resource::*]", "dynamodb:ListStreams knows no resource-level permissions");
    messaging.streamFailures.grantSendMessages(reader);
    const { tableStreamArn } = data.executions;
    if (tableStreamArn === undefined) throw new Error("the executions table has no stream");
    new EventSourceMapping(this, id, {
      target: reader,
      eventSourceArn: tableStreamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 500,
      ...(window === undefined ? {} : { maxBatchingWindow: window }),
      bisectBatchOnError: true,
      retryAttempts: 100,
      // One batch of a shard at a time: counters rely on the order of an execution's rows, and side by side only the
      // order of one item is kept.
      parallelizationFactor: 1,
      filters: rows,
      onFailure: new SqsDlq(messaging.streamFailures),
    });
  }

  /** Ends of executions, from the bus through a queue: a burst is learnt in batches. */
  #learn({ deployment, data, messaging }: ControlTowerStackProps): Queue {
    const { queue, dead } = workQueue(this, deployment, "execution-ends");
    new Rule(this, "ExecutionEnds", {
      description: "Ends of executions, which are counted and whose durations are learnt",
      eventBus: messaging.bus,
      eventPattern: {
        ...WorkflowStatusChanged.pattern,
        detail: { new_status: ["completed", "failed", "cancelled"] },
      },
      targets: [new SqsQueue(queue)],
    });
    const { function: learn } = new ServiceFunction(this, "LearnDurations", {
      deployment,
      folder: "learn-durations",
      timeout: Duration.seconds(30),
      memorySize: 512,
      environment: { EXECUTIONS_TABLE: data.executions.tableName, CONTROL_TABLE: data.control.tableName },
    });
    grantTable(learn, deployment, { table: "executions", actions: ["GetItem", "BatchGetItem", "Query", "PutItem"] });
    grantTable(learn, deployment, { table: "control", actions: ["UpdateItem", "BatchWriteItem"] });
    learn.addEventSource(
      new SqsEventSource(queue, {
        // Marks of 25 executions and 33 rows of observations fit into a transaction of a hundred.
        batchSize: 25,
        maxBatchingWindow: Duration.seconds(2),
        reportBatchItemFailures: true,
        // Two write the same workflow's rows seldom enough not to get in each other's way.
        maxConcurrency: 2,
      }),
    );
    return dead;
  }

  /** Hours and days of figures, made of shorter windows. */
  #rollUp({ deployment, data }: Pick<ControlTowerStackProps, "deployment" | "data">): Queue {
    const dead = deadLetterQueue(this, deployment, "roll-ups");
    const { function: rollUp } = new ServiceFunction(this, "RollUpAnalytics", {
      deployment,
      folder: "roll-up-analytics",
      timeout: Duration.minutes(5),
      environment: { CONTROL_TABLE: data.control.tableName },
    });
    grantTable(rollUp, deployment, { table: "control", actions: ["Query", "BatchWriteItem"] });
    runEvery(this, "RollUpHourly", { worker: rollUp, every: Duration.hours(1), dead, retryAttempts: 2 });
    return dead;
  }
}
