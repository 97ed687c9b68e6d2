import { createParser, type EventSourceMessage } from "eventsource-parser";

/** One server-sent event. */
export interface ServerEvent {
  readonly event: string;
  readonly data: string;
  /** Where the stream goes on for a reader that comes back. */
  readonly id?: string | undefined;
}

/**
 * Reads server-sent events (WHATWG HTML, 9.2). Ends with the body; an event cut off by its end is dropped.
 *
 * @throws {Error} nothing came for `idleMs`, not even a comment.
 */
export async function* readEvents(body: ReadableStream<Uint8Array>, idleMs: number): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const read: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => void read.push(event) });
  try {
    for (;;) {
      const { done, value } = await within(reader.read(), idleMs);
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
      for (const { event = "message", data, id } of read.splice(0)) yield { event, data, id };
    }
  } finally {
    // A body that already failed rejects here again.
    await reader.cancel().catch(() => undefined);
  }
}

async function within<Value>(promise: Promise<Value>, milliseconds: number): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`the stream was silent for ${milliseconds / 1000} s`)), milliseconds);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
