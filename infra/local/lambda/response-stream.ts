import { Writable } from "node:stream";
import * as z from "zod";
import type { StreamHead } from "./protocol.ts";

const Metadata = z.object({
  statusCode: z.number().default(200),
  headers: z.record(z.string(), z.coerce.string()).default({}),
  cookies: z.array(z.string()).default([]),
});

export interface StreamSink {
  head(head: StreamHead): void;
  chunk(data: Uint8Array): void;
}

/** The `responseStream` of a streaming handler. The first write, or the end, sends the head. */
export class ResponseStream extends Writable {
  readonly #sink: StreamSink;
  #head: StreamHead = { statusCode: 200, headers: { "content-type": "application/octet-stream" }, cookies: [] };
  #isHeadSent = false;

  constructor(sink: StreamSink) {
    super({ decodeStrings: true });
    this.#sink = sink;
  }

  setContentType(type: string): void {
    this.#head = { ...this.#head, headers: { ...this.#head.headers, "content-type": type } };
  }

  setMetadata(metadata: unknown): void {
    this.#head = Metadata.parse(metadata);
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    this.#sendHead();
    this.#sink.chunk(chunk);
    done();
  }

  override _final(done: () => void): void {
    this.#sendHead();
    done();
  }

  #sendHead(): void {
    if (this.#isHeadSent) return;
    this.#isHeadSent = true;
    this.#sink.head(this.#head);
  }
}

const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");

/** Whether a handler was made with `awslambda.streamifyResponse`. */
export function isStreamingHandler(handler: object): boolean {
  return Reflect.get(handler, STREAMING) === "response";
}

/** The global `awslambda` of the Node.js runtime. */
export const awslambda = {
  streamifyResponse: <Handler extends object>(handler: Handler): Handler => {
    Reflect.set(handler, STREAMING, "response");
    return handler;
  },
  HttpResponseStream: {
    from: (stream: ResponseStream, metadata: unknown): ResponseStream => {
      stream.setMetadata(metadata);
      return stream;
    },
  },
};
