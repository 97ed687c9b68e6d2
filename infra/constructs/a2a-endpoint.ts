import { Duration } from "aws-cdk-lib";
import { LambdaIntegration, type MethodOptions, ResponseTransferMode, type RestApi } from "aws-cdk-lib/aws-apigateway";
import { Rule, type EventPattern } from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { CALLERS_NEWS } from "../../shared/endpoint/callers-news.ts";
import { EVENT_SOURCE } from "../../shared/events/envelope.ts";
import { TaskParked } from "../../shared/execution/task/task-events.ts";
import type { DataStack } from "../stacks/data-stack.ts";
import type { MessagingStack } from "../stacks/messaging-stack.ts";
import type { PlanningStack } from "../stacks/planning-stack.ts";
import { grantAgentSecrets, grantCallTo, grantCardKey, grantMachines, grantPayloads, grantTable } from "./grants.ts";
import { type Deployment, nameOf } from "./names.ts";
import { ServiceFunction } from "./service-function.ts";
import { storeEnvironment } from "./store-environment.ts";
import type { StreamPlaces } from "./stream-places.ts";
import { workQueue } from "./work-queue.ts";

export interface A2aEndpointProps {
  readonly deployment: Deployment;
  readonly data: DataStack;
  readonly messaging: MessagingStack;
  readonly planning: PlanningStack;
  readonly api: RestApi;
  /** Of routes that need a token. */
  readonly guarded: MethodOptions;
  /** Of the public card and the catalog. */
  readonly open: MethodOptions;
  /** URL under which the API is reached; empty: the one that the caller used. */
  readonly publicUrl: string;
  /** Counts the streams that callers hold open. */
  readonly places: StreamPlaces;
  /** Private hosts that may be called and pushed to. */
  readonly privateHosts: string;
}

/** The orchestrator as an A2A agent: the card, the endpoint behind it, and pushes to those who asked for them. */
export class A2aEndpoint extends Construct {
  /** Pushes that no receiver took. */
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: A2aEndpointProps) {
    super(scope, id);
    this.#routes(props, this.#endpoint(props));
    this.deadLetters = this.#deliveries(props);
  }

  /** One function streams and answers: which of both a JSON-RPC caller wants, its body says. */
  #routes({ api, guarded, open }: A2aEndpointProps, endpoint: LambdaFunction): void {
    const integration = new LambdaIntegration(endpoint, {
      responseTransferMode: ResponseTransferMode.STREAM,
      timeout: Duration.minutes(15),
    });
    const known = api.root.addResource(".well-known");
    for (const document of ["agent-card.json", "agent.json", "ai-catalog.json"])
      known.addResource(document).addMethod("GET", integration, open);
    const a2a = api.root.addResource("a2a");
    a2a.addMethod("POST", integration, guarded);
    a2a.addResource("{proxy+}").addMethod("ANY", integration, guarded);
  }

  #endpoint({ deployment, data, messaging, publicUrl, places, privateHosts }: A2aEndpointProps): LambdaFunction {
    const { function: endpoint } = new ServiceFunction(this, "Endpoint", {
      deployment,
      folder: "a2a-endpoint",
      timeout: Duration.minutes(15),
      memorySize: 512,
      environment: {
        ...storeEnvironment({ data, messaging, agentPrivateHosts: privateHosts }),
        TRACK_FUNCTION: nameOf(deployment, "track-execution"),
        PUBLIC_BASE_URL: publicUrl,
        CARD_KEY_SECRET: deployment.cardKey ?? "",
      },
    });
    grantTable(endpoint, deployment, {
      table: "executions",
      actions: ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"],
    });
    grantTable(endpoint, deployment, { table: "agents", actions: ["BatchGetItem"] });
    grantTable(endpoint, deployment, { table: "control", actions: ["GetItem", "Query"] });
    grantPayloads(endpoint, deployment, { actions: ["GetObject", "PutObject"], keys: "T/*/X/*" });
    grantPayloads(endpoint, deployment, { actions: ["GetObject"], keys: "T/*/plans/*" });
    // Decisions and cancellations queue parked tasks again; answers are given by the function that may wait.
    for (const queue of [...Object.values(messaging.tasks), messaging.watch, messaging.settle, messaging.await]) queue.grantSendMessages(endpoint);
    // Executions that hooks come before.
    messaging.hooks.grantSendMessages(endpoint);
    grantCallTo(endpoint, deployment, "track-execution");
    grantMachines(endpoint, deployment, { actions: ["StopExecution"], on: "execution" });
    grantMachines(endpoint, deployment, { actions: ["StartExecution"], on: "stateMachine" });
    places.countIn(endpoint);
    // The news that their task is called off goes out to agents from here.
    grantAgentSecrets(endpoint);
    if (deployment.cardKey !== undefined) grantCardKey(endpoint, deployment.cardKey);
    return endpoint;
  }

  #deliveries({ deployment, data, messaging, privateHosts }: A2aEndpointProps): Queue {
    const { queue, dead } = workQueue(this, deployment, "deliveries");
    for (const [id, eventPattern] of Object.entries(NEWS)) {
      new Rule(this, id, {
        description: "What callers of the A2A endpoint may want to hear of",
        eventBus: messaging.bus,
        eventPattern,
        targets: [new SqsQueue(queue)],
      });
    }
    const { function: deliver } = new ServiceFunction(this, "DeliverPush", {
      deployment,
      folder: "deliver-push",
      timeout: Duration.seconds(30),
      memorySize: 512,
      environment: {
        EXECUTIONS_TABLE: data.executions.tableName,
        PAYLOAD_BUCKET: data.payloads.bucketName,
        DELIVERY_QUEUE_URL: queue.queueUrl,
        AGENT_PRIVATE_HOSTS: privateHosts,
      },
    });
    grantTable(deliver, deployment, { table: "executions", actions: ["GetItem", "BatchGetItem", "Query"] });
    grantPayloads(deliver, deployment, { actions: ["GetObject"], keys: "T/*/X/*" });
    grantPayloads(deliver, deployment, { actions: ["GetObject"], keys: "T/*/plans/*" });
    queue.grantSendMessages(deliver);
    deliver.addEventSource(
      new SqsEventSource(queue, { batchSize: 10, reportBatchItemFailures: true, maxConcurrency: 20 }),
    );
    return dead;
  }
}

/** Of tenants whose callers asked for it. A task that is parked is their concern while it waits for a decision. */
const NEWS: Readonly<Record<string, EventPattern>> = {
  Moves: {
    source: [EVENT_SOURCE],
    detailType: CALLERS_NEWS.flatMap(({ type }) => (type === TaskParked.type ? [] : [type])),
    detail: { has_callers: [true] },
  },
  Decisions: { ...TaskParked.pattern, detail: { reason: ["approval"], has_callers: [true] } },
};
