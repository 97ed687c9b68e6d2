import * as z from "zod";
import type { LambdaService } from "../lambda/lambda-service.ts";
import type { Meter } from "../meter.ts";
import type { SqsService } from "../sqs/sqs-service.ts";
import type { Outbox, OutboxEntry } from "../state/outbox.ts";
import { AwsError } from "../wire/aws-error.ts";
import type { TargetInput } from "./target-input.ts";

/** Where matched events, scheduled calls and reports go. */
export interface DeliveryTarget {
  readonly arn: string;
  readonly messageGroupId?: string | undefined;
  readonly deadLetterArn?: string | undefined;
  readonly maxRetries?: number | undefined;
  readonly maxAgeSeconds?: number | undefined;
}

/** A target of a rule. */
export interface RuleTarget extends DeliveryTarget {
  readonly input: TargetInput;
}

const Options = z.object({
  deadLetterArn: z.string().optional(),
  maxRetries: z.number().default(185),
  maxAgeSeconds: z.number().default(86_400),
});

export interface DeliveryServices {
  readonly sqs: SqsService;
  readonly lambda: () => LambdaService;
  readonly outbox: Outbox;
  /** Starts an execution under a name that makes a repeat harmless. */
  startExecution(stateMachineArn: string, name: string, input: string): Promise<void>;
  /** Puts an event, or a report, on a bus. */
  forward(busArn: string, payload: string): void;
  readonly log: (line: string) => void;
  /** Counts what AWS would bill for. @default - nobody counts */
  readonly meter?: Meter | undefined;
}

/**
 * Hands payloads to targets. Queues and functions take theirs in the transaction of the turn; what lies outside the
 * database (state machines) goes through the outbox, with the retries and the dead-letter queue of the target.
 */
export class TargetDelivery {
  readonly #services: DeliveryServices;

  constructor(services: DeliveryServices) {
    this.#services = services;
    services.outbox.setCourier("rule-target", {
      deliver: (entry) => services.startExecution(entry.target, `event-${entry.createdAt}-${entry.id}`, entry.payload),
      retryDelayMs: (entry) => retryDelayMs(entry),
      giveUp: (entry) => this.#giveUp(entry),
    });
  }

  /** Durable with the present turn. A target that refuses (it does not exist) costs the others nothing. */
  deliver(target: DeliveryTarget, payload: string): void {
    try {
      this.#dispatch(target, payload);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      this.#services.log(`nothing was delivered to ${target.arn}: ${error.message}`);
    }
  }

  #dispatch(target: DeliveryTarget, payload: string): void {
    const [, , service] = target.arn.split(":");
    switch (service) {
      case "sqs":
        this.#send(target, payload);
        return;
      case "lambda":
        this.#services.lambda().invokeAsync(target.arn, payload);
        return;
      case "states": {
        const { deadLetterArn, maxRetries, maxAgeSeconds } = target;
        const options = JSON.stringify({ deadLetterArn, maxRetries, maxAgeSeconds });
        this.#services.outbox.add("rule-target", { target: target.arn, payload, options });
        return;
      }
      case "events":
        this.#services.forward(target.arn, payload);
        return;
      case "logs":
        return;
      default:
        throw new AwsError(
          "ValidationException",
          `targets of service ${service ?? "?"} are not supported: ${target.arn}`,
        );
    }
  }

  #send({ arn, messageGroupId }: DeliveryTarget, body: string): void {
    const queue = this.#services.sqs.queue(arn);
    const dedupId = queue.isFifo && !queue.settings.isContentDeduplicated ? crypto.randomUUID() : undefined;
    this.#services.meter?.call("AmazonSQS.SendMessage", body);
    this.#services.sqs.send(queue, { body, groupId: messageGroupId, dedupId });
  }

  #giveUp(entry: OutboxEntry): void {
    const { deadLetterArn } = Options.parse(JSON.parse(entry.options));
    if (deadLetterArn !== undefined) this.#send({ arn: deadLetterArn }, entry.payload);
  }
}

function retryDelayMs({ options, attempts, createdAt }: OutboxEntry): number | undefined {
  const { maxRetries, maxAgeSeconds } = Options.parse(JSON.parse(options));
  if (attempts > maxRetries || Date.now() - createdAt > maxAgeSeconds * 1000) return undefined;
  return Math.min(200 * 2 ** attempts, 60_000);
}
