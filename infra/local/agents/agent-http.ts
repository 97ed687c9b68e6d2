import type { IncomingMessage, ServerResponse } from "node:http";
import { finished } from "node:stream/promises";

const BODY_BYTES = 5_000_000;

/** The whole body as text. @throws {Error} it is larger than 5 MB. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  request.on("data", (piece: Buffer) => {
    bytes += piece.length;
    pieces.push(piece);
    if (bytes > BODY_BYTES) request.destroy(new Error(`the request is larger than ${BODY_BYTES} bytes`));
  });
  await finished(request);
  return Buffer.concat(pieces).toString("utf8");
}

/** Sends one JSON object, or a stream of them as server-sent events. */
export async function sendReply(response: ServerResponse, reply: object): Promise<void> {
  if (!isStream(reply)) {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(reply));
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  for await (const event of reply) response.write(`data: ${JSON.stringify(event)}\n\n`);
  response.end();
}

function isStream(reply: object): reply is AsyncIterable<object> {
  return Symbol.asyncIterator in reply;
}
