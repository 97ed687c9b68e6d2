import { randomBytes } from "node:crypto";
import type { WebSocket } from "ws";

/** An open connection. */
export interface Connection {
  readonly id: string;
  readonly stage: string;
  readonly socket: WebSocket;
  readonly connectedAt: number;
  lastActiveAt: number;
  /** What the authorizer found out about the caller that opened it. */
  readonly authorizer: Readonly<Record<string, unknown>> | undefined;
  readonly request: { readonly sourceIp: string; readonly userAgent: string | undefined; readonly host: string };
}

/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
export const SOCKET_LIMITS = {
  idleMs: 600_000,
  connectionMs: 7_200_000,
  messageBytes: 131_072,
  /** AWS gives no figure for its buffer; this is about a second of a slow line. */
  bufferedBytes: 1_048_576,
} as const;

/** How a message to a connection ended, as the service's statuses say it. */
export type Posted = 200 | 410 | 413 | 429;

/** The connections of one WebSocket API. */
export class Connections {
  readonly #open = new Map<string, Connection>();

  /** Fifteen characters and an equals sign, as the service's ids look. */
  newId(): string {
    return `${randomBytes(11).toString("base64url").slice(0, 15)}=`;
  }

  add(connection: Connection): void {
    this.#open.set(connection.id, connection);
  }

  remove(id: string): void {
    this.#open.delete(id);
  }

  get(id: string): Connection | undefined {
    return this.#open.get(id);
  }

  post(id: string, data: Buffer): Posted {
    const connection = this.#open.get(id);
    if (connection === undefined || connection.socket.readyState !== connection.socket.OPEN) return 410;
    if (data.length > SOCKET_LIMITS.messageBytes) return 413;
    if (connection.socket.bufferedAmount > SOCKET_LIMITS.bufferedBytes) return 429;
    connection.lastActiveAt = Date.now();
    connection.socket.send(data.toString("utf8"));
    return 200;
  }

  /** Ends whatever was silent or open for too long. */
  sweep(now: number): void {
    for (const { socket, connectedAt, lastActiveAt } of this.#open.values()) {
      const isOver = now - lastActiveAt > SOCKET_LIMITS.idleMs || now - connectedAt > SOCKET_LIMITS.connectionMs;
      if (isOver) socket.close(1001, "Going away");
    }
  }

  closeAll(): void {
    for (const { socket } of this.#open.values()) socket.terminate();
    this.#open.clear();
  }
}
