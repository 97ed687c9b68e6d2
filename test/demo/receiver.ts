import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import * as z from "zod";

const Posted = z.object({ type: z.string(), data: z.looseObject({ incident: z.looseObject({ incident_id: z.string(), severity: z.string(), description: z.string() }).optional() }) });
export type Posted = z.output<typeof Posted>;

/** A receiver of webhooks that believes what is signed with its key, and nothing else. */
export class SignedReceiver {
  readonly #key: Buffer;
  readonly #hear: (posted: Posted, isGenuine: boolean) => void;
  #server: Server | undefined;
  url = "";

  constructor(key: Buffer, hear: (posted: Posted, isGenuine: boolean) => void) {
    this.#key = key;
    this.#hear = hear;
  }

  async start(): Promise<void> {
    this.#server = createServer((request, response) => {
      let text = "";
      request.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      request.on("end", () => {
        const [id, at, signature] = ["id", "timestamp", "signature"].map((name) => [request.headers[`webhook-${name}`]].flat()[0] ?? "");
        const expected = `v1,${createHmac("sha256", this.#key).update(`${id}.${at}.${text}`).digest("base64")}`;
        const isGenuine = signature === expected;
        this.#hear(Posted.parse(JSON.parse(text)), isGenuine);
        response.writeHead(isGenuine ? 204 : 401).end();
      });
    });
    await new Promise<void>((resolve) => this.#server?.listen(0, "127.0.0.1", resolve));
    const address = this.#server.address();
    this.url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/`;
  }

  stop(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }
}
