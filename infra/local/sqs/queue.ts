import { AwsError } from "../wire/aws-error.ts";
import { Deadlines } from "../state/deadlines.ts";
import { FairBacklog, FifoBacklog } from "./backlog.ts";
import type { Message } from "./message.ts";
import { parseReceipt } from "./message.ts";
import type { MessageStore, StoredMessage } from "./message-store.ts";
import type { QueueSettings } from "./queue-settings.ts";

export interface ReceiveRequest {
  readonly max: number;
  /** How long to wait for a first message. */
  readonly waitMs: number;
  /** @default - the queue's visibility timeout */
  readonly visibilityMs?: number | undefined;
  /** Whether the receiver dies with this process; its messages are visible again after a restart. */
  readonly isInProcess?: boolean;
  readonly signal?: AbortSignal;
}

interface Waiter {
  readonly request: ReceiveRequest;
  resolve(messages: readonly Message[]): void;
}

export interface QueueContext {
  readonly store: MessageStore;
  /** Moves a message that was received too often. */
  sendToDeadLetterQueue(from: Queue, message: Message): void;
}

/** One queue: which messages wait, which are in flight and until when, and who waits for messages. */
export class Queue {
  readonly name: string;
  readonly arn: string;
  readonly url: string;
  readonly createdAt: number;
  readonly tags: Record<string, string> = {};
  settings: QueueSettings;
  readonly #context: QueueContext;
  readonly #messages = new Map<number, Message>();
  readonly #backlog: FairBacklog | FifoBacklog;
  readonly #deadlines = new Deadlines<Message>((message, at) => this.#onDue(message, at));
  readonly #waiters = new Set<Waiter>();
  #inFlight = 0;
  #isDispatching = false;

  constructor(identity: Pick<Queue, "name" | "arn" | "url" | "createdAt" | "settings">, context: QueueContext) {
    this.name = identity.name;
    this.arn = identity.arn;
    this.url = identity.url;
    this.createdAt = identity.createdAt;
    this.settings = identity.settings;
    this.#context = context;
    this.#backlog = this.isFifo ? new FifoBacklog() : new FairBacklog();
  }

  get isFifo(): boolean {
    return this.name.endsWith(".fifo");
  }

  get counts(): { visible: number; inFlight: number; delayed: number } {
    const { size } = this.#backlog;
    return { visible: size, inFlight: this.#inFlight, delayed: this.#messages.size - size - this.#inFlight };
  }

  add(message: Message): void {
    this.#context.store.insert(this.name, message);
    this.#place(message);
  }

  /** Takes back a message of a former process. */
  restore({ message, wasHeldInProcess }: StoredMessage): void {
    if (wasHeldInProcess && message.state === "in-flight") message.visibleAt = 0;
    if (message.state === "in-flight" && message.visibleAt > Date.now()) {
      this.#inFlight += 1;
      if (this.#backlog instanceof FifoBacklog) this.#backlog.hold(message);
    } else message.state = "delayed";
    this.#place(message);
  }

  /** Resolves with at least one message, or with none after `waitMs`. */
  async receive(request: ReceiveRequest): Promise<readonly Message[]> {
    const messages = this.#take(request);
    if (messages.length > 0 || request.waitMs <= 0 || request.signal?.aborted === true) return messages;
    return new Promise((resolve) => {
      const finish = (found: readonly Message[]): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        request.signal?.removeEventListener("abort", give);
        resolve(found);
      };
      const give = (): void => finish([]);
      const waiter: Waiter = { request, resolve: finish };
      const timer = Number.isFinite(request.waitMs) ? setTimeout(give, request.waitMs) : undefined;
      request.signal?.addEventListener("abort", give, { once: true });
      this.#waiters.add(waiter);
    });
  }

  /** Deletes by receipt; a message that is gone already counts as deleted. */
  delete(handle: string): void {
    const message = this.#find(handle);
    if (message === undefined) return;
    this.#leave(message);
    this.#context.store.remove(message);
    if (this.isFifo) this.#wake();
  }

  /** @throws {AwsError} the message is not in flight. */
  changeVisibility(handle: string, timeoutMs: number): void {
    const message = this.#find(handle);
    if (message === undefined || message.state !== "in-flight") {
      throw new AwsError("AWS.SimpleQueueService.MessageNotInflight", "the message is not in flight");
    }
    message.visibleAt = Date.now() + timeoutMs;
    this.#context.store.saveVisibility(message);
    if (timeoutMs === 0) this.#show(message);
    else this.#deadlines.add(message.visibleAt, message);
  }

  purge(): void {
    for (const message of this.#messages.values()) this.#leave(message);
    this.#context.store.purge(this.name);
  }

  /** Answers all who wait with nothing, and forgets all timers. */
  stop(): void {
    this.#deadlines.stop();
    for (const waiter of this.#waiters) waiter.resolve([]);
  }

  #place(message: Message): void {
    this.#messages.set(message.seq, message);
    if (message.visibleAt > Date.now()) this.#deadlines.add(message.visibleAt, message);
    else this.#makeReady(message);
  }

  #onDue(message: Message, at: number): void {
    // Deleted, received again or extended since: another entry counts.
    if (message.visibleAt !== at || message.state === "gone" || message.state === "ready") return;
    this.#show(message);
  }

  #show(message: Message): void {
    if (message.state === "in-flight") {
      this.#inFlight -= 1;
      this.#backlog.release(message);
    }
    this.#makeReady(message);
    if (this.isFifo) this.#wake();
  }

  #makeReady(message: Message): void {
    const { redrive } = this.settings;
    if (redrive !== undefined && message.receiveCount >= redrive.maxReceiveCount) {
      message.state = "gone";
      this.#messages.delete(message.seq);
      this.#context.store.remove(message);
      this.#context.sendToDeadLetterQueue(this, message);
      return;
    }
    message.state = "ready";
    this.#backlog.add(message);
    this.#wake();
  }

  #wake(): void {
    if (this.#isDispatching || this.#waiters.size === 0) return;
    this.#isDispatching = true;
    // After the turn, so that what is sent together is received together.
    setImmediate(() => {
      this.#isDispatching = false;
      for (const waiter of this.#waiters) {
        const messages = this.#take(waiter.request);
        if (messages.length === 0) return;
        waiter.resolve(messages);
      }
    });
  }

  #take(request: ReceiveRequest): Message[] {
    const now = Date.now();
    const taken = this.#backlog.take(request.max);
    const expired = now - this.settings.retentionMs;
    for (const message of taken) {
      message.state = "in-flight";
      this.#inFlight += 1;
      message.receiveCount += 1;
      message.firstReceivedAt ??= now;
      message.visibleAt = now + (request.visibilityMs ?? this.settings.visibilityMs);
      this.#deadlines.add(message.visibleAt, message);
      this.#context.store.saveReceipt(message, request.isInProcess === true);
    }
    const isFresh = ({ sentAt }: Message): boolean => sentAt > expired;
    if (taken.every(isFresh)) return taken;
    for (const message of taken) if (!isFresh(message)) this.#drop(message);
    return taken.filter(isFresh);
  }

  #drop(message: Message): void {
    this.#leave(message);
    this.#context.store.remove(message);
  }

  #leave(message: Message): void {
    if (message.state === "in-flight") {
      this.#inFlight -= 1;
      this.#backlog.release(message);
    } else if (message.state === "ready") this.#backlog.remove(message);
    message.state = "gone";
    this.#messages.delete(message.seq);
  }

  #find(handle: string): Message | undefined {
    const receipt = parseReceipt(handle);
    if (receipt === undefined) {
      throw new AwsError("ReceiptHandleIsInvalid", "the receipt handle is not one this queue gave out");
    }
    const message = this.#messages.get(receipt.seq);
    if (message?.messageId !== receipt.messageId) return undefined;
    // A FIFO message that became visible again can only be deleted by whoever receives it next.
    const isStale = this.isFifo && (message.receiveCount !== receipt.receiveCount || message.state !== "in-flight");
    return isStale ? undefined : message;
  }
}
