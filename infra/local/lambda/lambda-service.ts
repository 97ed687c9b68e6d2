import { randomUUID } from "node:crypto";
import * as z from "zod";
import { parseJson, tryParseJson } from "../json.ts";
import type { ServiceCalls } from "../clients/door.ts";
import type { Meter } from "../meter.ts";
import type { Outbox, OutboxEntry } from "../state/outbox.ts";
import { AwsError } from "../wire/aws-error.ts";
import { ConcurrencyLimit } from "./concurrency-limit.ts";
import type { FunctionDefinition } from "./protocol.ts";
import type { InvokeRequest, Outcome, StreamReceiver } from "./worker.ts";
import { Sandboxes } from "./sandboxes.ts";
import { LambdaWorker } from "./worker.ts";

/** A function as the template declares it. */
export interface FunctionSettings extends FunctionDefinition {
  readonly timeoutMs: number;
  /** Calls that may run at a time. One worker runs them side by side, where AWS would give each a sandbox. */
  readonly concurrency: number;
  /** Where asynchronous events go that failed for good. */
  readonly deadLetterArn: string | undefined;
  /** Each tenant has sandboxes of its own, and every call names one. @default false */
  readonly isPerTenant?: boolean | undefined;
}

/** What happens to asynchronous calls that succeed or fail. */
export interface AsyncSettings {
  readonly maxRetries: number;
  readonly maxAgeMs: number;
  readonly onSuccessArn: string | undefined;
  readonly onFailureArn: string | undefined;
}

const DEFAULT_ASYNC: AsyncSettings = {
  maxRetries: 2,
  maxAgeMs: 21_600_000,
  onSuccessArn: undefined,
  onFailureArn: undefined,
};
// Lambda waits one minute before the first retry of an asynchronous event and two before the second.
const RETRY_DELAYS_MS = [60_000, 120_000];

interface HostedFunction {
  readonly settings: FunctionSettings;
  readonly limit: ConcurrencyLimit;
  readonly worker: LambdaWorker;
  readonly sandboxes: Sandboxes | undefined;
  async: AsyncSettings;
}

/** A stream that a caller reads; `cancel` tells the handler that nobody reads any more. */
export interface StreamingCall {
  readonly outcome: Promise<Outcome>;
  cancel(): void;
}

/** A function call that ended in an error; the message is the error in Lambda's shape. */
class FunctionFailedError extends Error {}

export interface LambdaOptions {
  readonly outbox: Outbox;
  /** Worker threads; each function lives in one of them. */
  readonly workers: number;
  /** Answers what functions ask of the other services. */
  readonly services: ServiceCalls;
  /** How long a worker with a call beyond its time may say nothing before it is ended. @default 5 seconds */
  readonly patienceMs?: number | undefined;
  /** Counts what AWS would bill for. @default - nobody counts */
  readonly meter?: Meter | undefined;
  /** Functions with sandboxes per tenant may run although this machine lets nothing be kept apart. @default false */
  readonly allowsOpenSandboxes?: boolean | undefined;
  /** Hands a record of a finished asynchronous call to a queue, bus or function. */
  sendToDestination(arn: string, body: string): Promise<void>;
}

/** Runs functions in worker threads, synchronously, as a stream, or as durable asynchronous events. */
export class LambdaService {
  readonly #options: LambdaOptions;
  readonly #functions = new Map<string, HostedFunction>();
  readonly #workers: readonly LambdaWorker[];
  #active = 0;

  constructor(options: LambdaOptions) {
    this.#options = options;
    this.#workers = Array.from({ length: options.workers }, () => new LambdaWorker(options.services, options.patienceMs));
    options.outbox.setCourier("lambda", {
      deliver: (entry) => this.#deliver(entry),
      retryDelayMs: (entry) => this.#retryDelayMs(entry),
      giveUp: (entry, error) => void this.#giveUp(entry, error),
    });
  }

  define(settings: FunctionSettings): void {
    const worker = this.#workers[this.#functions.size % this.#workers.length];
    if (worker === undefined) throw new Error("at least one worker is needed");
    const sandboxes = settings.isPerTenant === true ? new Sandboxes(settings, this.#options.allowsOpenSandboxes === true) : undefined;
    if (sandboxes === undefined) worker.define(settings);
    const limit = new ConcurrencyLimit(settings.concurrency);
    this.#functions.set(settings.name, { settings, limit, worker, sandboxes, async: DEFAULT_ASYNC });
  }

  configureAsync(reference: string, settings: Partial<AsyncSettings>): void {
    const hosted = this.#require(reference);
    hosted.async = { ...hosted.async, ...settings };
  }

  /** Loads every function, so that first calls are as fast as later ones. */
  warm(): void {
    for (const { worker, sandboxes, settings } of this.#functions.values()) if (sandboxes === undefined) worker.load(settings.name);
  }

  settings(reference: string): FunctionSettings {
    return this.#require(reference).settings;
  }

  get functions(): readonly FunctionSettings[] {
    return [...this.#functions.values()].map(({ settings }) => settings);
  }

  /** Calls a function and waits; beyond its concurrency the call waits for its turn. */
  async invoke(reference: string, payload: string, tenant?: string): Promise<Outcome> {
    const hosted = this.#require(reference);
    checkTenant(hosted, tenant);
    await hosted.limit.enter();
    this.#active += 1;
    const end = this.#measure(hosted);
    try {
      const request = requestFor(hosted, payload);
      return await (hosted.sandboxes?.invoke(tenant ?? "", request) ?? hosted.worker.invoke(request).outcome);
    } finally {
      end();
      this.#active -= 1;
      hosted.limit.leave();
    }
  }

  /** Calls a function whose handler may stream; a handler that does not gives its result as the outcome. */
  async invokeStreaming(reference: string, payload: string, receiver: StreamReceiver): Promise<StreamingCall> {
    const hosted = this.#require(reference);
    await hosted.limit.enter();
    const end = this.#measure(hosted);
    const call = hosted.worker.invoke(requestFor(hosted, payload), receiver);
    const leave = (): void => {
      end();
      hosted.limit.leave();
    };
    return { ...call, outcome: call.outcome.finally(leave) };
  }

  /** @returns ends the measuring of a call that begins now. */
  #measure({ settings: { name, memoryMb } }: HostedFunction): () => void {
    const { meter } = this.#options;
    const begun = performance.now();
    return () => meter?.invocation(name, (Math.ceil(performance.now() - begun) / 1000) * (memoryMb / 1024));
  }

  /** Accepts an event; durable with the present turn. @throws {AwsError} there is no such function. */
  invokeAsync(reference: string, payload: string): void {
    const { name } = this.#require(reference).settings;
    this.#options.outbox.add("lambda", { target: name, payload, options: "{}" });
  }

  /** Resolves once the events accepted so far are durable. */
  accepted(): Promise<void> {
    return this.#options.outbox.committed();
  }

  /** Waits up to `graceMs` for calls that run, then ends the threads. */
  async stop(graceMs: number): Promise<void> {
    const end = Date.now() + graceMs;
    while (this.#active > 0 && Date.now() < end) await new Promise((done) => setTimeout(done, 10));
    for (const { sandboxes } of this.#functions.values()) sandboxes?.stop();
    await Promise.all(this.#workers.map((worker) => worker.stop()));
  }

  #require(reference: string): HostedFunction {
    const hosted = this.#functions.get(functionName(reference));
    if (hosted !== undefined) return hosted;
    throw new AwsError("ResourceNotFoundException", `Function not found: ${reference}`, 404);
  }

  async #deliver(entry: OutboxEntry): Promise<void> {
    const { payload, functionError } = await this.invoke(entry.target, entry.payload);
    if (functionError !== undefined) throw new FunctionFailedError(payload);
    const { onSuccessArn } = this.#require(entry.target).async;
    if (onSuccessArn !== undefined) await this.#report(onSuccessArn, entry, { condition: "Success", payload });
  }

  #retryDelayMs({ target, attempts, createdAt }: OutboxEntry): number | undefined {
    const settings = this.#functions.get(target)?.async;
    if (settings === undefined || attempts > settings.maxRetries || Date.now() - createdAt > settings.maxAgeMs)
      return undefined;
    return RETRY_DELAYS_MS[attempts - 1] ?? RETRY_DELAYS_MS.at(-1);
  }

  async #giveUp(entry: OutboxEntry, error: unknown): Promise<void> {
    const hosted = this.#functions.get(entry.target);
    if (hosted === undefined) return;
    const { deadLetterArn } = hosted.settings;
    if (deadLetterArn !== undefined) await this.#options.sendToDestination(deadLetterArn, entry.payload);
    const payload =
      error instanceof FunctionFailedError ? error.message : JSON.stringify({ errorMessage: String(error) });
    const { onFailureArn } = hosted.async;
    if (onFailureArn !== undefined) await this.#report(onFailureArn, entry, { condition: "RetriesExhausted", payload });
  }

  #report(
    arn: string,
    entry: OutboxEntry,
    { condition, payload }: { condition: string; payload: string },
  ): Promise<void> {
    const functionError = condition === "Success" ? {} : { functionError: "Unhandled" };
    const record = {
      version: "1.0",
      timestamp: new Date().toISOString(),
      requestContext: {
        requestId: randomUUID(),
        functionArn: `${this.#require(entry.target).settings.arn}:$LATEST`,
        condition,
        approximateInvokeCount: entry.attempts + (condition === "Success" ? 1 : 0),
      },
      requestPayload: tryParseJson(entry.payload) ?? entry.payload,
      responseContext: { statusCode: 200, executedVersion: "$LATEST", ...functionError },
      responsePayload: parseJson(payload),
    };
    return this.#options.sendToDestination(arn, JSON.stringify(record));
  }
}

/** @throws {AwsError} a call of a function with sandboxes per tenant names none, or another's names one. */
function checkTenant({ settings }: HostedFunction, tenant: string | undefined): void {
  if ((settings.isPerTenant === true) === (tenant !== undefined && /^[a-zA-Z0-9._:/=+\-@ ]{1,256}$/.test(tenant))) return;
  const flaw = tenant === undefined ? "Add a valid tenant ID in your request and try again." : "The invoked function does not take this tenant ID.";
  throw new AwsError("InvalidParameterValueException", `The invocation is invalid. ${flaw}`);
}

/** The name in a function name, ARN, partial ARN, or any of them with a version or alias. */
export function functionName(reference: string): string {
  const [, fromArn] = /(?:^|:)function:([^:]+)/.exec(reference) ?? [];
  return fromArn ?? reference.split(":")[0] ?? reference;
}

function requestFor({ settings }: HostedFunction, payload: string): InvokeRequest {
  return { functionName: settings.name, payload, requestId: randomUUID(), timeoutMs: settings.timeoutMs };
}

/** The error part of a failed outcome. */
export const FunctionError = z.object({ errorType: z.string().default("Error"), errorMessage: z.string().default("") });
