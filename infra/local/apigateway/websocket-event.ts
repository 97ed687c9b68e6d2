import type { IncomingMessage } from "node:http";
import { randomUUID } from "node:crypto";
import type { Connection } from "./websocket-connections.ts";

type Strings = Readonly<Record<string, string>>;

/** The request that opens a connection, as events show it. */
export interface Opening {
  readonly headers: Strings;
  readonly queryStringParameters: Strings | null;
  readonly stageVariables: Strings | null;
}

/** What a request to open a connection says. */
export function openingOf(request: IncomingMessage, query: URLSearchParams, stageVariables: Strings): Opening {
  const headers: Record<string, string> = {};
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    headers[request.rawHeaders[index] ?? ""] = request.rawHeaders[index + 1] ?? "";
  }
  return {
    headers,
    queryStringParameters: query.size === 0 ? null : Object.fromEntries(query),
    stageVariables: Object.keys(stageVariables).length === 0 ? null : stageVariables,
  };
}

/** What happens to a connection. */
export type Happening =
  | { readonly eventType: "CONNECT"; readonly opening: Opening }
  | { readonly eventType: "MESSAGE"; readonly routeKey: string; readonly body: string }
  | { readonly eventType: "DISCONNECT"; readonly code: number; readonly reason: string };

/**
 * The event of a Lambda proxy integration of a WebSocket API.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
 */
export function socketEvent(apiId: string, connection: Omit<Connection, "socket">, happening: Happening): Record<string, unknown> {
  const { eventType } = happening;
  const now = Date.now();
  const context = {
    routeKey: eventType === "MESSAGE" ? happening.routeKey : eventType === "CONNECT" ? "$connect" : "$disconnect",
    ...(connection.authorizer === undefined ? {} : { authorizer: connection.authorizer }),
    ...(eventType === "MESSAGE" ? { messageId: `${randomUUID().slice(0, 15)}=` } : {}),
    ...(eventType === "DISCONNECT" ? { disconnectStatusCode: happening.code, disconnectReason: happening.reason } : {}),
    eventType,
    extendedRequestId: randomUUID(),
    requestTimeEpoch: now,
    messageDirection: "IN",
    stage: connection.stage,
    connectedAt: connection.connectedAt,
    requestId: randomUUID(),
    identity: { sourceIp: connection.request.sourceIp, userAgent: connection.request.userAgent ?? null },
    domainName: connection.request.host,
    connectionId: connection.id,
    apiId,
  };
  if (eventType === "MESSAGE") return { requestContext: context, body: happening.body, isBase64Encoded: false };
  const opening = eventType === "CONNECT" ? happening.opening : {};
  return { ...opening, requestContext: context, isBase64Encoded: false };
}
