import { Duration, Stack, type StackProps } from "aws-cdk-lib";
import { Rule } from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import {
  EventSourceMapping,
  FilterCriteria,
  FilterRule,
  StartingPosition,
} from "aws-cdk-lib/aws-lambda";
import { SqsDlq, SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { acknowledge, grantAgentSecrets, grantHookOrders, grantTable } from "../constructs/grants.ts";
import type { Deployment } from "../constructs/names.ts";
import { runEvery } from "../constructs/run-every.ts";
import { ServiceFunction } from "../constructs/service-function.ts";
import { deadLetterQueue, workQueue } from "../constructs/work-queue.ts";
import type { ApiStack } from "./api-stack.ts";
import type { DataStack } from "./data-stack.ts";
import type { MessagingStack } from "./messaging-stack.ts";

export interface AgentsStackProps extends StackProps {
  readonly deployment: Deployment;
  readonly data: DataStack;
  readonly messaging: MessagingStack;
  readonly api: ApiStack;
}

/** What looks after agents: probes, what tasks taught about them, external registries, and their events. */
export class AgentsStack extends Stack {
  /** Outcomes, events and sweeps that failed for good. */
  readonly deadLetters: readonly Queue[];

  constructor(scope: Construct, id: string, props: AgentsStackProps) {
    super(scope, id, props);
    const sweeps = deadLetterQueue(this, props.deployment, "agent-sweeps");
    this.#sweep(props, { id: "CheckAgents", folder: "check-agents", dead: sweeps, asksAgents: true });
    this.#sweep(props, { id: "SyncRegistries", folder: "sync-registries", dead: sweeps, asksAgents: false });
    this.deadLetters = [sweeps, this.#learn(props)];
    this.#publish(props);
  }

  /** A function that runs every minute and reaches out to agents or registries. */
  #sweep(
    { deployment, data, api }: AgentsStackProps,
    { id, folder, dead, asksAgents }: { id: string; folder: string; dead: Queue; asksAgents: boolean },
  ): void {
    const { function: sweep } = new ServiceFunction(this, id, {
      deployment,
      folder,
      timeout: Duration.seconds(55),
      memorySize: 512,
      environment: { AGENTS_TABLE: data.agents.tableName, AGENT_PRIVATE_HOSTS: api.agentPrivateHosts },
    });
    const actions = [
      "GetItem",
      "BatchGetItem",
      "Query",
      "PutItem",
      "UpdateItem",
      "DeleteItem",
      "BatchWriteItem",
      "ConditionCheckItem",
    ];
    grantTable(sweep, deployment, { table: "agents", actions });
    if (asksAgents) grantAgentSecrets(sweep);
    runEvery(this, `${id}EveryMinute`, { worker: sweep, every: Duration.minutes(1), dead });
  }

  /** Ends of attempts, from the bus through a queue: a burst is learnt in batches. */
  #learn({ deployment, data, messaging }: AgentsStackProps): Queue {
    const { queue, dead } = workQueue(this, deployment, "agent-outcomes");
    new Rule(this, "Outcomes", {
      description: "Settled and failed attempts, to be learnt from",
      eventBus: messaging.bus,
      eventPattern: { source: ["a2a.orchestrator"], detailType: ["task.completed", "task.retry_scheduled"] },
      targets: [new SqsQueue(queue)],
    });
    const { function: learn } = new ServiceFunction(this, "LearnOutcomes", {
      deployment,
      folder: "learn-outcomes",
      timeout: Duration.seconds(30),
      memorySize: 512,
      environment: { AGENTS_TABLE: data.agents.tableName },
    });
    grantTable(learn, deployment, {
      table: "agents",
      actions: ["GetItem", "BatchGetItem", "Query", "PutItem", "BatchWriteItem"],
    });
    learn.addEventSource(
      new SqsEventSource(queue, {
        batchSize: 100,
        maxBatchingWindow: Duration.seconds(1),
        reportBatchItemFailures: true,
        // Two write the same agent's profile seldom enough not to get in each other's way.
        maxConcurrency: 2,
      }),
    );
    return dead;
  }

  #publish({ deployment, data, messaging }: AgentsStackProps): void {
    const { function: publish } = new ServiceFunction(this, "PublishAgentEvents", {
      deployment,
      folder: "publish-agent-events",
      timeout: Duration.seconds(30),
      memorySize: 256,
      environment: {
        BUS_NAME: messaging.bus.eventBusName,
        CONTROL_TABLE: data.control.tableName,
        HOOK_QUEUE_URL: messaging.hooks.queueUrl,
      },
    });
    grantHookOrders(publish, { deployment, hooks: messaging.hooks });
    messaging.bus.grantPutEventsTo(publish);
    data.agents.grantStreamRead(publish);
    acknowledge(publish, "AwsSolutions-IAM5[Resource::*]", "dynamodb:ListStreams knows no resource-level permissions");
    messaging.streamFailures.grantSendMessages(publish);
    const { tableStreamArn } = data.agents;
    if (tableStreamArn === undefined) throw new Error("the agents table has no stream");
    new EventSourceMapping(this, "AgentsStream", {
      target: publish,
      eventSourceArn: tableStreamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      bisectBatchOnError: true,
      retryAttempts: 100,
      // Heartbeats, probes and breakers pass by without an invocation.
      filters: [
        FilterCriteria.filter({
          eventName: ["INSERT", "MODIFY"],
          dynamodb: { Keys: { sk: { S: FilterRule.beginsWith("EVT#") } } },
        }),
      ],
      onFailure: new SqsDlq(messaging.streamFailures),
    });
  }
}
