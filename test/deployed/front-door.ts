import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";

/** Path under which callers and agents reach the API, before its id is known. */
const API = "/a2a-api";

/** The one address of an emulator, its API included. */
export interface FrontDoor extends AsyncDisposable {
  readonly endpoint: string;
  /** Base URL of the API, stage included; answers 503 until {@link pointAt}. */
  readonly apiUrl: string;
  /** Says where the API is: its base path at the emulator. */
  readonly pointAt: (apiPath: string) => void;
}

/**
 * Opens an address that is known before anything is deployed, in front of an emulator.
 *
 * Two things need it. Agents learn where to push by a template parameter, and the API's id comes only with its
 * deployment. And policies that refuse plain HTTP (`aws:SecureTransport`) are enforced by some emulators: what stands
 * in front of a server and ends TLS says so in `X-Forwarded-Proto`, and here nothing leaves the machine.
 */
export async function openFrontDoor(emulator: string, port = 0): Promise<FrontDoor> {
  let apiPath: string | undefined;
  const server = createServer((incoming, reply) => {
    const path = incoming.url ?? "/";
    if (!path.startsWith(`${API}/`)) return forward(emulator, path, incoming, reply);
    if (apiPath === undefined) return void reply.writeHead(503).end();
    forward(emulator, `${apiPath}${path.slice(API.length)}`, incoming, reply);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the front door has no port");
  const endpoint = `http://127.0.0.1:${address.port}`;
  return {
    endpoint,
    apiUrl: `${endpoint}${API}`,
    pointAt: (path) => (apiPath = path),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function forward(emulator: string, path: string, incoming: IncomingMessage, reply: ServerResponse): void {
  const { hostname, port } = new URL(emulator);
  const headers = { ...incoming.headers, "x-forwarded-proto": "https" };
  const { method } = incoming;
  const outgoing = request({ hostname, port, path, headers, ...(method === undefined ? {} : { method }) }, (answer) => {
    reply.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(reply);
  });
  outgoing.on("error", () => (reply.headersSent ? reply.destroy() : reply.writeHead(502).end()));
  reply.on("close", () => outgoing.destroy());
  incoming.pipe(outgoing);
}
if (import.meta.main) {
  const door = await openFrontDoor(process.argv[2] ?? "", Number(process.argv[3]));
  door.pointAt(process.argv[4] ?? "");
  console.log(door.endpoint);
}
