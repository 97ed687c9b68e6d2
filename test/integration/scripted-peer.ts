import { createServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import * as https from "node:https";

/** One request as a peer saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a peer answers. */
export interface ScriptedReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string;
}

export interface ScriptedPeer extends AsyncDisposable {
  readonly url: string;
  readonly seen: SeenRequest[];
}

/** An HTTP server on a free port that answers by a script; without an answer it says 404. With `tls` it speaks HTTPS. */
export async function startPeer(
  script: (request: SeenRequest, origin: string) => ScriptedReply | undefined,
  tls?: https.ServerOptions,
): Promise<ScriptedPeer> {
  const seen: SeenRequest[] = [];
  let origin = "";
  const answer: RequestListener = (incoming, response) => {
    let body = "";
    incoming.setEncoding("utf8");
    incoming.on("data", (piece: string) => (body += piece));
    incoming.on("end", () => {
      const request = { method: incoming.method ?? "", url: incoming.url ?? "", headers: incoming.headers, body };
      seen.push(request);
      const {
        status = 200,
        headers = {},
        json,
        text = JSON.stringify(json),
      } = script(request, origin) ?? { status: 404 };
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(text);
    });
  };
  const server = tls === undefined ? createServer(answer) : https.createServer(tls, answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  origin = `${tls === undefined ? "http" : "https"}://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  return {
    url: origin,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
