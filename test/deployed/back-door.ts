import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";

/** What lies behind a back door. */
export interface BackDoorPlan {
  /** Where a tunnel leads to this machine. */
  readonly publicUrl: string;
  readonly port: number;
  /** URLs on this machine, by the name under which they are public. */
  readonly places: ReadonlyMap<string, string>;
}

/** Everything on this machine that functions elsewhere must reach, behind one address. */
export interface BackDoor extends AsyncDisposable {
  readonly urlOf: (name: string) => string;
  readonly jwksUrl: string;
}

/**
 * Opens a port for a tunnel: `/<name>/…` leads to that place, and cards name the public address instead of the local
 * one.
 */
export async function openBackDoor({ publicUrl, port, places }: BackDoorPlan): Promise<BackDoor> {
  const base = publicUrl.replace(/\/+$/, "");
  const urlOf = (name: string): string => `${base}/${name}`;
  const server = createServer((request, reply) => {
    void forward(request, reply, { places, urlOf }).catch(() =>
      reply.headersSent ? reply.destroy() : reply.writeHead(502).end(),
    );
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    urlOf,
    jwksUrl: urlOf("keys"),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Routing extends Pick<BackDoorPlan, "places">, Pick<BackDoor, "urlOf"> {}

async function forward(request: IncomingMessage, reply: ServerResponse, { places, urlOf }: Routing): Promise<void> {
  const [, name = "", rest = ""] = /^\/([^/?]+)(.*)$/.exec(request.url ?? "") ?? [];
  const place = places.get(name);
  if (place === undefined) return void reply.writeHead(404).end();
  const { method = "GET" } = request;
  const headers = new Headers(
    Object.entries(request.headers).flatMap(([key, value]) =>
      typeof value === "string" && key !== "host" ? [[key, value]] : [],
    ),
  );
  const body = await buffer(request);
  const answer = await fetch(`${place}${rest}`, { method, headers, ...(body.length === 0 ? {} : { body }) });
  const text = await answer.text();
  reply.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "application/json" });
  reply.end(text.replaceAll(place.replace(/\/+$/, ""), urlOf(name)));
}
