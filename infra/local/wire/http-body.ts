import type { IncomingMessage } from "node:http";

/** A request body beyond the limit. */
export class BodyTooLargeError extends Error {}

/** Reads a whole body. @throws {BodyTooLargeError} it has more than `maxBytes`. */
export function readBody(request: IncomingMessage, maxBytes = Infinity): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) reject(new BodyTooLargeError(`the body is longer than ${maxBytes} bytes`));
      else chunks.push(chunk);
    });
    request.on("end", () =>
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)),
    );
    request.on("error", reject);
  });
}
