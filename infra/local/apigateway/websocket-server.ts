import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import * as z from "zod";
import { tryParseJson } from "../json.ts";
import { readBody } from "../wire/http-body.ts";
import type { RestServices } from "./rest-server.ts";
import type { WebSocketApi } from "./websocket-api.ts";
import { type Connection, Connections, SOCKET_LIMITS } from "./websocket-connections.ts";
import { type Happening, type Opening, openingOf, socketEvent } from "./websocket-event.ts";

/** Paths that stand for the API's own address with a query, as a distribution in front of it would have them. */
export interface SocketAlias {
  /** Such as `/ws/things/`; the rest of the path is the value. */
  readonly prefix: string;
  /** Name of the query parameter that gets it. */
  readonly query: string;
}

/** What a WebSocket API needs around it. */
export interface SocketServices extends RestServices {
  readonly aliases: readonly SocketAlias[];
}

const SWEEP_MS = 30_000;
const Reply = z.object({ statusCode: z.int() });

/** Makes a server for a WebSocket API: connections at `/{stage}`, their management at `/{stage}/@connections/{id}`. */
export function createSocketServer(api: WebSocketApi, services: SocketServices): Server {
  const gateway = new Gateway(api, services);
  const server = createServer((request, response) => void gateway.manage(request, response));
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => void gateway.open(request, socket, head));
  server.on("close", () => gateway.stop());
  server.keepAliveTimeout = 60_000;
  return server;
}

class Gateway {
  readonly #api: WebSocketApi;
  readonly #services: SocketServices;
  readonly #connections = new Connections();
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: SOCKET_LIMITS.messageBytes, perMessageDeflate: false });
  readonly #timer = setInterval(() => this.#connections.sweep(Date.now()), SWEEP_MS).unref();

  constructor(api: WebSocketApi, services: SocketServices) {
    this.#api = api;
    this.#services = services;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#connections.closeAll();
  }

  /** Answers a request to open a connection. */
  async open(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // The caller may have gone before it is answered.
    socket.on("error", () => socket.destroy());
    try {
      const place = this.#placeOf(request);
      if (place === undefined) return refuse(socket, 403);
      const opening = openingOf(request, place.query, this.#api.stages.get(place.stage) ?? {});
      const admitted = await this.#admit(request, place.stage, opening);
      if (typeof admitted === "number") return refuse(socket, admitted);
      this.#sockets.handleUpgrade(request, socket, head, (opened) => this.#serve({ ...admitted, socket: opened }));
    } catch (error) {
      this.#services.log(`API ${this.#api.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      refuse(socket, 500);
    }
  }

  /** Stage and query of a URL; the API has no path after its stage. */
  #placeOf({ url = "/" }: IncomingMessage): { stage: string; query: URLSearchParams } | undefined {
    const { pathname, searchParams: query } = new URL(url, "http://local");
    const alias = this.#services.aliases.find(({ prefix }) => pathname.startsWith(prefix));
    const [only = ""] = this.#api.stages.keys();
    if (alias !== undefined) {
      query.set(alias.query, decodeURIComponent(pathname.slice(alias.prefix.length)));
      return { stage: only, query };
    }
    const [, stage = "", rest = ""] = /^\/([^/]+)(\/.*)?$/.exec(pathname) ?? [];
    return this.#api.stages.has(stage) && (rest === "" || rest === "/") ? { stage, query } : undefined;
  }

  /** Asks the authorizer and the function of `$connect`. @returns the connection, or the status that refuses it. */
  async #admit(request: IncomingMessage, stage: string, opening: Opening): Promise<Omit<Connection, "socket"> | number> {
    const { authorizers, region, accountId } = this.#services;
    const route = this.#api.route("$connect");
    const now = Date.now();
    const connection = {
      id: this.#connections.newId(),
      stage,
      connectedAt: now,
      lastActiveAt: now,
      authorizer: undefined,
      request: { sourceIp: request.socket.remoteAddress ?? "", userAgent: request.headers["user-agent"], host: request.headers.host ?? "" },
    };
    if (route === undefined) return connection;
    const methodArn = `arn:aws:execute-api:${region}:${accountId}:${this.#api.id}/${stage}/$connect`;
    const event = socketEvent(this.#api.id, connection, { eventType: "CONNECT", opening });
    const asked = { ...opening, requestContext: z.record(z.string(), z.unknown()).parse(event["requestContext"]) };
    const found = route.authorizer === undefined ? { authorizer: undefined } : await authorizers.authorize(route.authorizer, asked, methodArn);
    if ("refusal" in found) return found.refusal === "UNAUTHORIZED" ? 401 : found.refusal === "ACCESS_DENIED" ? 403 : 500;
    const admitted = { ...connection, authorizer: found.authorizer };
    const status = await this.#invoke(route.functionArn, admitted, { eventType: "CONNECT", opening });
    return status >= 200 && status < 300 ? admitted : status;
  }

  #serve(connection: Connection): void {
    const { id, socket } = connection;
    this.#connections.add(connection);
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      connection.lastActiveAt = Date.now();
      if (!isBinary) void this.#take(connection, data.toString("utf8"));
    });
    socket.on("ping", () => (connection.lastActiveAt = Date.now()));
    socket.on("error", () => socket.terminate());
    socket.on("close", (code, reason) => {
      this.#connections.remove(id);
      const route = this.#api.route("$disconnect");
      if (route !== undefined) void this.#invoke(route.functionArn, connection, { eventType: "DISCONNECT", code, reason: reason.toString() });
    });
  }

  async #take(connection: Connection, body: string): Promise<void> {
    const routeKey = this.#api.routeKeyOf(body);
    const route = this.#api.route(routeKey);
    const status = route === undefined ? 403 : await this.#invoke(route.functionArn, connection, { eventType: "MESSAGE", routeKey, body });
    if (status < 500 && route !== undefined) return;
    const message = route === undefined ? "Forbidden" : "Internal server error";
    sendIfOpen(connection.socket, JSON.stringify({ message, connectionId: connection.id, requestId: connection.id }));
  }

  /** @returns the function's status; 500 when it fails. */
  async #invoke(functionArn: string, connection: Omit<Connection, "socket">, happening: Happening): Promise<number> {
    const { lambda, log } = this.#services;
    const outcome = await lambda.invoke(functionArn, JSON.stringify(socketEvent(this.#api.id, connection, happening)));
    if (outcome.functionError !== undefined) log(`API ${this.#api.name}: ${functionArn} failed: ${outcome.payload}`);
    return outcome.functionError === undefined ? (Reply.safeParse(tryParseJson(outcome.payload)).data?.statusCode ?? 500) : 500;
  }

  /** `POST`, `GET` and `DELETE /{stage}/@connections/{id}`. */
  async manage(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? "/", "http://local");
    const [, id = ""] = /^\/[^/]+\/(?:@|%40)connections\/([^/]+)$/i.exec(pathname) ?? [];
    const connection = this.#connections.get(decodeURIComponent(id));
    if (id === "") return answer(response, 403, "ForbiddenException");
    const body = await readBody(request);
    if (connection === undefined) return answer(response, 410, "GoneException");
    if (request.method === "DELETE") {
      connection.socket.close(1001, "Going away");
      return void response.writeHead(204).end();
    }
    if (request.method === "GET") {
      const { connectedAt, lastActiveAt, request: identity } = connection;
      const times = { connectedAt: new Date(connectedAt).toISOString(), lastActiveAt: new Date(lastActiveAt).toISOString() };
      return void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ ...times, identity }));
    }
    const posted = this.#connections.post(connection.id, body);
    answer(response, posted, REFUSALS[posted]);
  }
}

const REFUSALS = { 200: "", 410: "GoneException", 413: "PayloadTooLargeException", 429: "LimitExceededException" } as const;

function answer(response: ServerResponse, status: number, code: string): void {
  if (code !== "") response.setHeader("x-amzn-errortype", code);
  response.writeHead(status, { "content-type": "application/json" }).end(code === "" ? "" : JSON.stringify({ message: code }));
}

function refuse(socket: Duplex, status: number): void {
  const body = JSON.stringify({ message: STATUS_CODES[status] ?? "" });
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`);
}

function sendIfOpen(socket: WebSocket, text: string): void {
  if (socket.readyState === socket.OPEN) socket.send(text);
}
