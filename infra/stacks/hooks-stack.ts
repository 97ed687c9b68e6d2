import { Duration, Stack, type StackProps } from "aws-cdk-lib";
import { SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import type { Construct } from "constructs";
import { AWS_QUOTAS } from "../../shared/core/limits.ts";
import { CommandSandbox } from "../constructs/command-sandbox.ts";
import { grantAgentSecrets, grantCall, grantFunctions, grantHookSecrets, grantMachines, grantPayloads, grantTable } from "../constructs/grants.ts";
import { type Deployment, nameOf } from "../constructs/names.ts";
import { ServiceFunction } from "../constructs/service-function.ts";
import { storeEnvironment } from "../constructs/store-environment.ts";
import type { ApiStack } from "./api-stack.ts";
import type { DataStack } from "./data-stack.ts";
import type { MessagingStack } from "./messaging-stack.ts";

export interface HooksStackProps extends StackProps {
  readonly deployment: Deployment;
  readonly data: DataStack;
  readonly messaging: MessagingStack;
  readonly api: ApiStack;
}

/** Runs hooks at once; the others wait in their queue. */
const MAX_CONCURRENCY = 50;

/** What hooks do: webhooks, agents, functions. */
export class HooksStack extends Stack {
  constructor(scope: Construct, id: string, { deployment, data, messaging, api, ...props }: HooksStackProps) {
    super(scope, id, props);
    const { hookCommands: commands = [] } = deployment;
    const { function: run } = new ServiceFunction(this, "RunHooks", {
      deployment,
      folder: "run-hooks",
      timeout: Duration.seconds(AWS_QUOTAS.lambda.timeoutSeconds),
      memorySize: 512,
      environment: {
        ...storeEnvironment({ data, messaging, agentPrivateHosts: api.agentPrivateHosts }),
        NOTIFICATION_QUEUE_URL: messaging.notifications.queueUrl,
        HOOK_FUNCTIONS: deployment.hookFunctions.join(","),
        HOOK_COMMANDS: commands.join(","),
        COMMAND_FUNCTION: commands.length === 0 ? "" : nameOf(deployment, "run-command"),
      },
    });
    grantTable(run, deployment, { table: "control", actions: ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"] });
    // What became of a hook goes into the log of its execution; tasks and executions that waited for hooks go on.
    grantTable(run, deployment, { table: "executions", actions: ["GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"] });
    grantMachines(run, deployment, { actions: ["StartExecution"], on: "stateMachine" });
    for (const queue of Object.values(messaging.tasks)) queue.grantSendMessages(run);
    // Whom a task may be given to, and what is learnt of who did it.
    grantTable(run, deployment, { table: "agents", actions: ["GetItem", "BatchGetItem", "Query", "PutItem"] });
    // What tasks gave, for sessions to remember; what executions are given.
    grantPayloads(run, deployment, { actions: ["GetObject", "PutObject"], keys: "T/*/X/*" });
    messaging.notifications.grantSendMessages(run);
    grantAgentSecrets(run);
    grantHookSecrets(run);
    grantFunctions(run, deployment.hookFunctions);
    if (commands.length > 0) grantCall(run, new CommandSandbox(this, "Commands", { deployment }).function);
    messaging.hooks.grantSendMessages(run);
    run.addEventSource(new SqsEventSource(messaging.hooks, { batchSize: 10, reportBatchItemFailures: true, maxConcurrency: MAX_CONCURRENCY }));
  }
}
