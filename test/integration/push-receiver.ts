import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** One push notification as it arrived. */
export interface Notification {
  readonly token: string | undefined;
  readonly authorization: string | undefined;
  /** Headers of its signature, if it is signed. */
  readonly webhook: { readonly id?: string; readonly timestamp?: string; readonly signature?: string };
  readonly text: string;
  readonly body: unknown;
}

/** Notifications for one send. */
export interface Inbox {
  readonly target: { readonly url: string; readonly token: string };
  /** Waits for so many notifications. @throws {Error} fewer within five seconds. */
  received(count: number): Promise<readonly Notification[]>;
}

export interface PushReceiver {
  expectPush(options?: { readonly refuseFirst?: number }): Inbox;
  close(): Promise<void>;
}

/** Starts an HTTP server that keeps what agents push. */
export async function startPushReceiver(): Promise<PushReceiver> {
  const inboxes = new Map<string, { refusals: number; notifications: Notification[] }>();
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8");
    request.on("data", (piece: string) => (text += piece));
    request.on("end", () => {
      const inbox = inboxes.get(request.url ?? "");
      if (inbox === undefined || inbox.refusals > 0) {
        if (inbox !== undefined) inbox.refusals -= 1;
        response.writeHead(503).end();
        return;
      }
      const token = request.headers["x-a2a-notification-token"];
      const one = (name: string): string | undefined => [request.headers[`webhook-${name}`]].flat()[0];
      const [id, timestamp, signature] = [one("id"), one("timestamp"), one("signature")];
      const notification = {
        token: typeof token === "string" ? token : undefined,
        webhook: {
          ...(id === undefined ? {} : { id }),
          ...(timestamp === undefined ? {} : { timestamp }),
          ...(signature === undefined ? {} : { signature }),
        },
        text,
        authorization: request.headers.authorization,
        body: JSON.parse(text),
      };
      inbox.notifications.push(notification);
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  return {
    expectPush({ refuseFirst = 0 } = {}) {
      const path = `/push/${crypto.randomUUID()}`;
      const inbox = { refusals: refuseFirst, notifications: new Array<Notification>() };
      inboxes.set(path, inbox);
      return {
        target: { url: `http://127.0.0.1:${port}${path}`, token: `secret-${path.slice(-12)}` },
        async received(count) {
          for (const deadline = Date.now() + 60_000; inbox.notifications.length < count; await sleep(5)) {
            if (Date.now() > deadline) throw new Error(`${inbox.notifications.length} of ${count} pushes arrived`);
          }
          return inbox.notifications;
        },
      };
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
