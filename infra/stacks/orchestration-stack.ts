import { Duration, Stack, type StackProps } from "aws-cdk-lib";
import { type EventPattern, Match, Rule } from "aws-cdk-lib/aws-events";
import { LambdaFunction as LambdaTarget, SqsQueue } from "aws-cdk-lib/aws-events-targets";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { SqsDestination } from "aws-cdk-lib/aws-lambda-destinations";
import { SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { grantAgentSecrets, grantCall, grantMachines, grantPayloads, grantTable } from "../constructs/grants.ts";
import { WorkflowStatusChanged } from "../../shared/execution/execution-events.ts";
import { EVENT_SOURCE } from "../../shared/events/envelope.ts";
import { ExecutionStatus, isFinished } from "../../shared/execution/execution.ts";
import { AWAITING } from "../../shared/agents/limits.ts";
import { AWS_QUOTAS } from "../../shared/core/limits.ts";
import type { Deployment } from "../constructs/names.ts";
import { runEvery } from "../constructs/run-every.ts";
import { ServiceFunction } from "../constructs/service-function.ts";
import { storeEnvironment } from "../constructs/store-environment.ts";
import { deadLetterQueue, workQueue } from "../constructs/work-queue.ts";
import type { ApiStack } from "./api-stack.ts";
import type { DataStack } from "./data-stack.ts";
import { type MessagingStack, PRIORITIES, type PriorityName } from "./messaging-stack.ts";
import type { PlanningStack } from "./planning-stack.ts";

export interface OrchestrationStackProps extends StackProps {
  readonly deployment: Deployment;
  readonly data: DataStack;
  readonly messaging: MessagingStack;
  readonly planning: PlanningStack;
  readonly api: ApiStack;
}

/** Waiting computes nothing, and ten share a sandbox: 2000 answers at a time. */
const AWAIT_CONCURRENCY = 200;

/** Share of the account's concurrency each priority may take; the sum stays below the default of 1000. */
const MAX_CONCURRENCY: Readonly<Record<PriorityName, number>> = { critical: 200, high: 150, medium: 100, low: 50 };

/** Of a worker that needs something else than most. */
interface WorkerSize {
  /** @default Duration.seconds(30) */
  readonly timeout?: Duration;
  /** MiB. @default 1024 */
  readonly memorySize?: number;
}

/** Workers that send to agents and hear from them: they count what limit groups use. */
const CALL_AGENTS: ReadonlySet<string> = new Set(["dispatch-task", "settle-task", "watch-task", "await-agent"]);

/** The life of tasks: dispatching, settling, watching, and the ends of executions. */
export class OrchestrationStack extends Stack {
  /** Status changes and sweeps that could not be delivered. */
  readonly eventFailures: Queue;
  readonly deadLetters: readonly Queue[];

  constructor(scope: Construct, id: string, props: OrchestrationStackProps) {
    super(scope, id, props);
    const { messaging, deployment } = props;
    this.eventFailures = deadLetterQueue(this, deployment, "events");
    const dispatch = this.#worker(props, "DispatchTask", "dispatch-task");
    // The plan of a compensation is made when a run has failed; a graph run's end is carried over here.
    grantPayloads(dispatch, deployment, { actions: ["PutObject"], keys: "T/*/plans/*" });
    for (const priority of PRIORITIES) {
      dispatch.addEventSource(
        new SqsEventSource(messaging.tasks[priority], {
          batchSize: 10,
          reportBatchItemFailures: true,
          maxConcurrency: MAX_CONCURRENCY[priority],
        }),
      );
    }
    for (const [id, folder, queue] of [
      ["SettleTask", "settle-task", messaging.settle],
      ["WatchTask", "watch-task", messaging.watch],
    ] as const) {
      const source = new SqsEventSource(queue, { batchSize: 10, reportBatchItemFailures: true, maxConcurrency: 100 });
      const worker = this.#worker(props, id, folder);
      worker.addEventSource(source);
      // A push calls it; what fails then comes by the queue, with its tries and its alarm.
      if (folder === "settle-task") {
        worker.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1), onFailure: new SqsDestination(queue) });
      }
      // Executions end at their deadline.
      if (folder === "watch-task") grantMachines(worker, props.deployment, { actions: ["StopExecution"], on: "execution" });
    }
    this.#awaitAgents(props);
    const track = this.#trackExecutions(props);
    this.deadLetters = [this.eventFailures, this.#receiveEvents(props), this.#runSchedules(props, track)];
    this.#reconcile(props, track);
  }

  #worker({ deployment, data, messaging, api }: OrchestrationStackProps, id: string, folder: string, size: WorkerSize = {}): LambdaFunction {
    const { function: worker } = new ServiceFunction(this, id, {
      deployment,
      folder,
      timeout: size.timeout ?? Duration.seconds(30),
      memorySize: size.memorySize ?? 1024,
      environment: {
        ...storeEnvironment({ data, messaging, agentPrivateHosts: api.agentPrivateHosts }),
        PUSH_BASE_URL: api.pushBaseUrl,
      },
    });
    grantTable(worker, deployment, {
      table: "executions",
      actions: ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"],
    });
    const counting = CALL_AGENTS.has(folder) ? ["UpdateItem"] : [];
    grantTable(worker, deployment, { table: "agents", actions: ["GetItem", "BatchGetItem", "Query", "PutItem", ...counting] });
    grantPayloads(worker, deployment, { actions: ["GetObject", "PutObject"], keys: "T/*/X/*" });
    grantPayloads(worker, deployment, { actions: ["GetObject"], keys: "T/*/plans/*" });
    const { tasks, watch, settle, await: patient, hooks } = messaging;
    for (const queue of [...Object.values(tasks), watch, settle, patient, hooks]) queue.grantSendMessages(worker);
    grantAgentSecrets(worker);
    grantTable(worker, deployment, { table: "control", actions: ["GetItem", "BatchGetItem"] });
    // Sub-workflows and compensations start runs of their own.
    grantMachines(worker, deployment, { actions: ["SendTaskSuccess", "SendTaskFailure", "StartExecution"], on: "stateMachine" });
    return worker;
  }

  /** Agents that may answer only when they are done. */
  #awaitAgents(props: OrchestrationStackProps): void {
    const size = { timeout: Duration.seconds(AWS_QUOTAS.lambda.timeoutSeconds), memorySize: AWAITING.memoryMb };
    const awaiting = this.#worker(props, "AwaitAgent", "await-agent", size);
    // Credentials that agents were given are not kept.
    grantPayloads(awaiting, props.deployment, { actions: ["DeleteObject"], keys: "T/*/X/*" });
    awaiting.addEventSource(
      new SqsEventSource(props.messaging.await, { batchSize: 10, reportBatchItemFailures: true, maxConcurrency: AWAIT_CONCURRENCY }),
    );
  }

  /** Events that tasks may wait for and workflows may start with: everybody's, and the ends of our own executions. */
  #receiveEvents(props: OrchestrationStackProps): Queue {
    const { queue, dead } = workQueue(this, props.deployment, "bus-events");
    const receive = this.#worker(props, "ReceiveEvent", "receive-event");
    receive.addEventSource(new SqsEventSource(queue, { batchSize: 10, reportBatchItemFailures: true, maxConcurrency: 10 }));
    receive.addEnvironment("OWNER_TENANT", props.deployment.tenant);
    grantTable(receive, props.deployment, { table: "control", actions: ["Query"] });
    grantTable(receive, props.deployment, { table: "executions", actions: ["BatchWriteItem"] });
    const patterns: Record<string, EventPattern> = {
      ForeignEvents: { source: Match.anythingBut(EVENT_SOURCE) },
      ExecutionEnds: {
        source: [EVENT_SOURCE],
        detailType: [WorkflowStatusChanged.type],
        detail: { new_status: ExecutionStatus.options.filter(isFinished) },
      },
    };
    const description = "Events that tasks wait for and workflows start with";
    for (const [id, eventPattern] of Object.entries(patterns)) {
      new Rule(this, id, { description, eventBus: props.messaging.bus, eventPattern, targets: [new SqsQueue(queue)] });
    }
    return dead;
  }

  /** Workflows that start when it is time. */
  #runSchedules(props: OrchestrationStackProps, track: LambdaFunction): Queue {
    const { deployment } = props;
    const { queue, dead } = workQueue(this, deployment, "schedules");
    const run = this.#worker(props, "RunSchedules", "run-schedules");
    run.addEnvironment("SCHEDULE_QUEUE_URL", queue.queueUrl);
    run.addEnvironment("TRACK_FUNCTION", track.functionName);
    run.addEventSource(new SqsEventSource(queue, { batchSize: 10, reportBatchItemFailures: true, maxConcurrency: 10 }));
    queue.grantSendMessages(run);
    grantTable(run, deployment, { table: "control", actions: ["Query", "PutItem", "DeleteItem"] });
    // A tick may end the execution of the tick before.
    grantCall(run, track);
    grantMachines(run, deployment, { actions: ["StopExecution"], on: "execution" });
    runEvery(this, "SchedulesEveryMinute", { worker: run, every: Duration.minutes(1), dead: this.eventFailures });
    return dead;
  }

  #trackExecutions(props: OrchestrationStackProps): LambdaFunction {
    const track = this.#worker(props, "TrackExecution", "track-execution");
    // As for `dispatch-task`, of a run with a machine.
    grantPayloads(track, props.deployment, { actions: ["PutObject"], keys: "T/*/plans/*" });
    const machines = { prefix: `${props.planning.machineArnPrefix}-` };
    new Rule(this, "MachineStatus", {
      description: "Status of executions with a machine, from Step Functions",
      eventPattern: {
        source: ["aws.states"],
        detailType: ["Step Functions Execution Status Change"],
        detail: { stateMachineArn: [machines] },
      },
      targets: [
        new LambdaTarget(track, {
          deadLetterQueue: this.eventFailures,
          maxEventAge: Duration.hours(24),
          retryAttempts: 185,
        }),
      ],
    });
    return track;
  }

  #reconcile({ deployment, data, messaging, api }: OrchestrationStackProps, track: LambdaFunction): void {
    const { function: reconcile } = new ServiceFunction(this, "ReconcileExecutions", {
      deployment,
      folder: "reconcile-executions",
      timeout: Duration.seconds(50),
      memorySize: 512,
      environment: {
        ...storeEnvironment({ data, messaging, agentPrivateHosts: api.agentPrivateHosts }),
        TRACK_FUNCTION: track.functionName,
      },
    });
    // It completes whatever steering was cut off, so it may do what steering does.
    const actions = ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"];
    grantTable(reconcile, deployment, { table: "executions", actions });
    grantTable(reconcile, deployment, { table: "agents", actions: ["BatchGetItem"] });
    grantTable(reconcile, deployment, { table: "control", actions: ["BatchGetItem"] });
    // Hooks before executions that nobody heard of are asked for again.
    messaging.hooks.grantSendMessages(reconcile);
    grantPayloads(reconcile, deployment, { actions: ["GetObject"], keys: "T/*/X/*" });
    grantPayloads(reconcile, deployment, { actions: ["GetObject"], keys: "T/*/plans/*" });
    for (const queue of [...Object.values(messaging.tasks), messaging.settle, messaging.watch]) queue.grantSendMessages(reconcile);
    // A run without a move is left alone while its queue is long.
    for (const queue of Object.values(messaging.tasks)) queue.grant(reconcile, "sqs:GetQueueAttributes");
    // A restart that the sweep begins lies in the bucket until it is carried out.
    grantPayloads(reconcile, deployment, { actions: ["PutObject"], keys: "T/*/X/*" });
    grantAgentSecrets(reconcile);
    grantCall(reconcile, track);
    grantMachines(reconcile, deployment, { actions: ["StartExecution"], on: "stateMachine" });
    grantMachines(reconcile, deployment, { actions: ["DescribeExecution", "StopExecution"], on: "execution" });
    runEvery(this, "ReconcileEveryMinute", { worker: reconcile, every: Duration.minutes(1), dead: this.eventFailures });
  }
}
