import { CfnParameter, Duration, Stack, type StackProps } from "aws-cdk-lib";
import { SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { INCIDENT_LIMITS } from "../../shared/incidents/limits.ts";
import { grantChannelSecrets, grantHookOrders, grantTable } from "../constructs/grants.ts";
import type { Deployment } from "../constructs/names.ts";
import { runEvery } from "../constructs/run-every.ts";
import { ServiceFunction } from "../constructs/service-function.ts";
import { deadLetterQueue } from "../constructs/work-queue.ts";
import type { ApiStack } from "./api-stack.ts";
import type { DataStack } from "./data-stack.ts";
import type { MessagingStack } from "./messaging-stack.ts";

export interface IncidentsStackProps extends StackProps {
  readonly deployment: Deployment;
  readonly data: DataStack;
  readonly messaging: MessagingStack;
  readonly api: ApiStack;
  /** Queues that must stay empty, of the other stacks. */
  readonly deadLetters: readonly Queue[];
}

/** Finds incidents, and tells of them. */
export class IncidentsStack extends Stack {
  /** Passes of the detector that could not begin. */
  readonly deadLetters: readonly Queue[];

  constructor(scope: Construct, id: string, props: IncidentsStackProps) {
    super(scope, id, props);
    const sweeps = deadLetterQueue(this, props.deployment, "incident-sweeps");
    this.deadLetters = [sweeps];
    this.#detect(props, sweeps);
    this.#notify(props);
  }

  #detect({ deployment, data, messaging, deadLetters }: IncidentsStackProps, sweeps: Queue): void {
    const named = (queues: readonly Queue[]): string => queues.map((queue) => `${queue.node.id}=${queue.queueUrl}`).join(",");
    const dead = [...deadLetters, sweeps];
    const quiet = new CfnParameter(this, "IncidentQuietSeconds", {
      description: "Seconds that everything must be well before an incident resolves itself",
      default: String(INCIDENT_LIMITS.quietSeconds),
      allowedPattern: "^[1-9][0-9]{0,4}$",
    });
    const { function: detect } = new ServiceFunction(this, "DetectIncidents", {
      deployment,
      folder: "detect-incidents",
      timeout: Duration.seconds(55),
      environment: {
        CONTROL_TABLE: data.control.tableName,
        EXECUTIONS_TABLE: data.executions.tableName,
        AGENTS_TABLE: data.agents.tableName,
        NOTIFICATION_QUEUE_URL: messaging.notifications.queueUrl,
        OWNER_TENANT: deployment.tenant,
        QUIET_SECONDS: quiet.valueAsString,
        WORK_QUEUES: named(messaging.work),
        DEAD_LETTER_QUEUES: named(dead),
      },
    });
    grantTable(detect, deployment, { table: "control", actions: ["GetItem", "Query", "PutItem"] });
    grantTable(detect, deployment, { table: "executions", actions: ["Query"] });
    // It may put an agent into quarantine, where a tenant lets it.
    grantTable(detect, deployment, { table: "agents", actions: ["BatchGetItem", "Query", "PutItem", "UpdateItem"] });
    messaging.notifications.grantSendMessages(detect);
    detect.addToRolePolicy(new PolicyStatement({ actions: ["sqs:GetQueueAttributes"], resources: [...messaging.work, ...dead].map(({ queueArn }) => queueArn) }));
    runEvery(this, "DetectEveryMinute", { worker: detect, every: Duration.minutes(1), dead: sweeps });
  }

  #notify({ deployment, data, messaging, api }: IncidentsStackProps): void {
    const { function: notify } = new ServiceFunction(this, "Notify", {
      deployment,
      folder: "notify",
      timeout: Duration.seconds(30),
      environment: {
        CONTROL_TABLE: data.control.tableName,
        BUS_NAME: messaging.bus.eventBusName,
        NOTIFICATION_QUEUE_URL: messaging.notifications.queueUrl,
        HOOK_QUEUE_URL: messaging.hooks.queueUrl,
        AGENT_PRIVATE_HOSTS: api.agentPrivateHosts,
      },
    });
    grantTable(notify, deployment, { table: "control", actions: ["PutItem", "UpdateItem", "DeleteItem"] });
    grantHookOrders(notify, { deployment, hooks: messaging.hooks });
    grantChannelSecrets(notify);
    messaging.bus.grantPutEventsTo(notify);
    messaging.notifications.grantSendMessages(notify);
    notify.addEventSource(new SqsEventSource(messaging.notifications, { batchSize: 10, reportBatchItemFailures: true, maxConcurrency: 10 }));
  }
}
