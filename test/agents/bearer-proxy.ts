import { once } from "node:events";
import { createServer, request as forward, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import * as z from "zod";

const Sending = z.looseObject({ messageId: z.string(), metadata: z.record(z.string(), z.unknown()).default({}) });
const Body = z.looseObject({
  message: Sending.optional(),
  params: z.looseObject({ message: Sending.optional() }).optional(),
});

export interface BearerProxy {
  readonly url: string;
  readonly server: Server;
}

/**
 * Stands between the conformance kit and our endpoint, and adds what the kit leaves out: a token; `A2A-Version: 1.0` where
 * it reads the card; the skill that a message is for; and a number at the end of message ids, of which it uses one for many
 * messages, which here would be one task.
 *
 * @param skillFor the skill of a message with this id.
 */
export async function startBearerProxy(
  target: { readonly url: string; readonly token: string },
  skillFor: (messageId: string) => string,
): Promise<BearerProxy> {
  const base = new URL(target.url);
  let sent = 0;
  const server = createServer(
    (request, response) => void relay(request, response, { base, token: target.token, number: () => (sent += 1), skillFor }),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = z.object({ port: z.int() }).parse(server.address());
  return { url: `http://127.0.0.1:${port}`, server };
}

interface Relay {
  readonly base: URL;
  readonly token: string;
  readonly number: () => number;
  readonly skillFor: (messageId: string) => string;
}

async function relay(
  request: IncomingMessage,
  response: ServerResponse,
  relayed: Relay,
): Promise<void> {
  const { base, token } = relayed;
  const body = completed(Buffer.concat(await request.toArray()), relayed);
  // The card is at the root for the kit; its URLs bear the stage already, and our own host.
  const path = request.url?.startsWith(base.pathname) === true ? request.url : `${base.pathname}${request.url ?? "/"}`;
  const headers = {
    "a2a-version": "1.0",
    ...request.headers,
    authorization: `Bearer ${token}`,
    "content-length": String(body.length),
  };
  const outgoing = forward({ host: base.hostname, port: base.port, method: request.method, path, headers }, (reply) => {
    response.writeHead(reply.statusCode ?? 502, reply.headers);
    reply.pipe(response);
  });
  outgoing.on("error", () => response.destroy());
  response.on("close", () => outgoing.destroy());
  outgoing.end(body);
}

function completed(body: Buffer, { number, skillFor }: Relay): Buffer {
  const parsed = Body.safeParse(tryJson(body.toString()));
  const message = parsed.data?.params?.message ?? parsed.data?.message;
  if (message === undefined) return body;
  message.metadata = { skill: skillFor(message.messageId), ...message.metadata };
  message.messageId = `${message.messageId}-${number()}`;
  return Buffer.from(JSON.stringify(parsed.data));
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
