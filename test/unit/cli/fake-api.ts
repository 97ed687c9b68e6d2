import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import type { Connection } from "../../../infra/cli/client/api-client.ts";
import { checkReply } from "../../fixtures/api/check-reply.ts";

/** A request as the fake saw it. */
export interface SeenRequest {
  readonly line: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

const STAGE = "/dev";

type Answer = (response: ServerResponse, request: SeenRequest) => void | Promise<void>;

/** An HTTP server that answers by `METHOD /path`; `otherwise` answers anything else. @default 404 with problem details */
export interface FakeApi extends AsyncDisposable {
  readonly connection: Connection;
  readonly seen: SeenRequest[];
}

export async function startFakeApi(answers: Readonly<Record<string, Answer>>, otherwise: Answer = nothingHere): Promise<FakeApi> {
  const seen: SeenRequest[] = [];
  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const line = `${incoming.method} ${incoming.url}`;
    const request = { line, headers: incoming.headers, body: await text(incoming) };
    seen.push(request);
    await (answers[line.split("?", 1)[0] ?? ""] ?? otherwise)(response, request);
  };
  const server = createServer((incoming, response) => {
    answer(incoming, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    connection: { url: `http://127.0.0.1:${address.port}/dev`, token: "secret" },
    seen,
    [Symbol.asyncDispose]: stop,
  };
}

/** A JSON reply. It must be one that the real API may give: a fake that tells tales hides what broke. */
export const json =
  (status: number, body: unknown): Answer =>
  (response, { line }) => {
    const [method = "", target = ""] = line.split(" ");
    const text = JSON.stringify(body);
    const contentType = "application/json";
    if (target.startsWith(STAGE)) checkReply({ method, target: target.slice(STAGE.length), status, contentType, text });
    response.writeHead(status, { "content-type": contentType }).end(text);
  };

export const problem =
  (status: number, body: Record<string, unknown>): Answer =>
  (response) =>
    void response
      .writeHead(status, { "content-type": "application/problem+json" })
      .end(JSON.stringify({ status, ...body }));

const nothingHere: Answer = (response, request) =>
  problem(404, { title: "not found", detail: `nothing at ${request.line.split(" ")[1]}` })(response, request);

/** Sends events and ends, without saying `end` unless it is among them. */
export const events =
  (...sent: readonly (readonly [name: string, data: unknown])[]): Answer =>
  (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const [name, data] of sent) response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
    response.end();
  };

/** Answers by turns; the last one repeats. */
export const inTurn = (...answers: readonly Answer[]): Answer => {
  let turn = 0;
  return (response, request) => answers[Math.min(turn++, answers.length - 1)]?.(response, request);
};
