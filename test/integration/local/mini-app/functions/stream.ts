import { setTimeout as sleep } from "node:timers/promises";
import type { Writable } from "node:stream";
import * as z from "zod";

declare const awslambda: {
  streamifyResponse<Handler>(handler: Handler): Handler;
  HttpResponseStream: { from(stream: Writable, metadata: object): Writable };
};

const Request = z.object({ queryStringParameters: z.object({ gate: z.url() }) });

/** Sends three server-sent events, each once the gate that the caller names has let it through. */
export const handler = awslambda.streamifyResponse(async (event: unknown, stream: Writable) => {
  const { gate } = Request.parse(event).queryStringParameters;
  const output = awslambda.HttpResponseStream.from(stream, {
    statusCode: 200,
    headers: { "content-type": "text/event-stream" },
  });
  for (const number of [1, 2, 3]) {
    while (!(await fetch(`${gate}/${number}`)).ok) await sleep(5);
    output.write(`data: ${number}\n\n`);
  }
  output.end();
});
