import { setTimeout as sleep } from "node:timers/promises";
import type { Writable } from "node:stream";

declare const awslambda: {
  streamifyResponse<Handler>(handler: Handler): Handler;
  HttpResponseStream: { from(stream: Writable, metadata: object): Writable };
};

/** Sends three server-sent events, 40 ms apart. */
export const handler = awslambda.streamifyResponse(async (_event: unknown, stream: Writable) => {
  const output = awslambda.HttpResponseStream.from(stream, {
    statusCode: 200,
    headers: { "content-type": "text/event-stream" },
  });
  for (const number of [1, 2, 3]) {
    output.write(`data: ${number}\n\n`);
    await sleep(40);
  }
  output.end();
});
