import type { APIGatewayProxyResult } from "aws-lambda";
import type { Writable } from "node:stream";
import { internalError, problemOf, SECURITY_HEADERS } from "../../shared/http/problem.ts";
import { writePiece } from "../../shared/http/write-piece.ts";
import type { EventSink } from "./sink.ts";

/**
 * Answers with the events that `run` writes. A failure before the first of them becomes a problem document, a later one
 * ends the stream: the reader connects again.
 *
 * @param onDefect learns of what no caller can correct.
 */
export async function respond(
  stream: Writable,
  run: (sink: EventSink) => Promise<void>,
  onDefect: (error: unknown) => void,
): Promise<void> {
  const open = (statusCode: number, headers: Record<string, string>) =>
    awslambda.HttpResponseStream.from(stream, { statusCode, headers: { ...SECURITY_HEADERS, ...headers } });
  let out: awslambda.HttpResponseStream | undefined;
  const write = async (text: string): Promise<void> => {
    out ??= open(200, { "content-type": "text/event-stream" });
    await writePiece(out, text);
  };
  try {
    await run({ write, isClosed: () => stream.destroyed || stream.writableEnded });
  } catch (error) {
    const known = problemOf(error);
    if (known === undefined) onDefect(error);
    const { statusCode, headers, body } = known ?? internalError("the stream broke off; connect again");
    if (out === undefined) {
      out = open(statusCode, texts(headers));
      out.write(body);
    }
  }
  (out ?? stream).end();
}

const texts = (headers: APIGatewayProxyResult["headers"]): Record<string, string> =>
  Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]));
