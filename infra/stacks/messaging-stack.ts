import { CfnParameter, Duration, Stack, type StackProps } from "aws-cdk-lib";
import { EventBus } from "aws-cdk-lib/aws-events";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { AGENT_LIMITS } from "../../shared/agents/limits.ts";
import { AWS_QUOTAS } from "../../shared/core/limits.ts";
import { KeepTranscript } from "../../shared/workflow/definition/task-definition.ts";
import { DEFAULTS } from "../../shared/workflow/limits.ts";
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
  readonly await: Queue;
  /** Events that hooks run for. */
  readonly hooks: Queue;
  /** Events for WebSocket connections. */
  readonly live: Queue;
  /** Moves of incidents that are to be told. */
  readonly notifications: Queue;
  readonly streamFailures: Queue;
  readonly deadLetters: readonly Queue[];
  /** Queues that work travels through. */
  readonly work: readonly Queue[];
  readonly bus: EventBus;
  /** How long a dispatcher waits for an agent's answer, as `createStores` reads it. */
  readonly calls: Readonly<Record<string, string>>;
  /** How many workflows may run and wait, as `readAdmissionLimits` reads it. */
  readonly admission: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, { deployment, ...props }: MessagingStackProps) {
    super(scope, id, props);
    const dead: Queue[] = [];
    const work = (name: string, more: { readonly visibilityTimeout?: Duration; readonly fifo?: true } = {}): Queue => {
      const made = workQueue(this, deployment, name, more);
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
    // As long as its worker may run, which Lambda insists on; the worker itself keeps messages for seconds at a time.
    this.await = work("await", { visibilityTimeout: Duration.seconds(AWS_QUOTAS.lambda.timeoutSeconds) });
    this.hooks = work("hooks", { visibilityTimeout: Duration.seconds(AWS_QUOTAS.lambda.timeoutSeconds) });
    this.live = work("live", { fifo: true });
    this.notifications = work("notifications");
    this.streamFailures = deadLetterQueue(this, deployment, "stream");
    this.deadLetters = [...dead, this.streamFailures];
    this.work = [...Object.values(this.tasks), this.watch, this.settle, this.await, this.hooks, this.live, this.notifications];
    this.admission = this.#admission();
    this.calls = this.#calls();
    this.bus = new EventBus(this, "Bus", { eventBusName: nameOf(deployment, "events") });
    this.bus.archive("Archive", {
      archiveName: nameOf(deployment, "events"),
      eventPattern: { account: [this.account] },
      retention: Duration.days(90),
    });
  }

  #calls(): Record<string, string> {
    const seconds = new CfnParameter(this, "AgentCallSeconds", {
      description:
        "Seconds that a dispatcher waits for an agent's answer; agents known to take longer are waited for elsewhere",
      default: String(AGENT_LIMITS.agentCallSeconds),
      allowedPattern: "^([1-9]|1[0-9]|20)$",
    });
    const transcripts = new CfnParameter(this, "Transcripts", {
      description:
        "Of which attempts what was sent to agents and heard from them is kept, unless a task says otherwise",
      default: "failures",
      allowedValues: KeepTranscript.options,
    });
    return { AGENT_CALL_SECONDS: seconds.valueAsString, TRANSCRIPTS: transcripts.valueAsString };
  }

  #admission(): Record<string, string> {
    const count = (id: string, description: string, standard: number): string =>
      new CfnParameter(this, id, { description, default: String(standard), allowedPattern: "^[1-9][0-9]{0,6}$" })
        .valueAsString;
    const { maxConcurrentWorkflows, maxConcurrentWorkflowsPerTenant, maxQueueSize } = DEFAULTS;
    return {
      MAX_CONCURRENT_WORKFLOWS: count(
        "MaxConcurrentWorkflows",
        "Workflows under way at once, in all",
        maxConcurrentWorkflows,
      ),
      MAX_CONCURRENT_WORKFLOWS_PER_TENANT: count(
        "MaxConcurrentWorkflowsPerTenant",
        "Workflows of one tenant under way at once; keep it below the number in all",
        maxConcurrentWorkflowsPerTenant,
      ),
      MAX_QUEUE_SIZE: count(
        "MaxQueueSize",
        "Workflows of one tenant that wait, before low priority is refused",
        maxQueueSize,
      ),
    };
  }
}
