import { randomUUID } from "node:crypto";
import * as z from "zod";
import { answerRequest } from "../../../../functions/a2a-endpoint/answer-request.ts";
import type { CardSigner } from "../../../../shared/a2a/sign-card.ts";
import type { EndpointDeps } from "../../../../functions/a2a-endpoint/endpoint.ts";
import { type Call, MemoryApi, proxyEvent } from "../../../fixtures/runtime/memory-api.ts";

const Reply = z.object({
  result: z.looseObject({}).optional(),
  task: z.looseObject({}).optional(),
  error: z.looseObject({ code: z.int(), message: z.string() }).optional(),
});

/** The endpoint over memory. Time passes only while it sleeps. */
export class MemoryEndpoint {
  readonly api = new MemoryApi();
  readonly defects: unknown[] = [];
  /** What happens while the endpoint sleeps for the n-th time. */
  onSleep: (nth: number) => Promise<void> | void = () => {};
  isClosed = false;
  signCard: CardSigner | undefined = undefined;
  streams = { perSubject: 20, perTenant: 50 };
  #sleeps = 0;

  get deps(): EndpointDeps {
    const { deps, runtime } = this.api;
    return {
      ...deps,
      conversation: { db: runtime.tables.client, table: "executions", payloads: runtime.payloads },
      steering: deps.steering,
      pushHosts: new Set(["127.0.0.1"]),
      signCard: this.signCard,
      places: { db: runtime.tables.client, table: "executions", most: this.streams, now: runtime.now, newId: randomUUID },
      sleep: async (milliseconds) => {
        runtime.time += milliseconds;
        await this.onSleep((this.#sleeps += 1));
      },
    };
  }

  /** Sends one request; a streamed body is read to its end. */
  async call(method: string, path: string, call: Call = {}) {
    const event = proxyEvent(method, path, { ...call, headers: { "a2a-version": "1.0", ...call.headers } });
    const answer = await answerRequest(this.deps, event, {
      publicBaseUrl: "https://orchestrator.test",
      isClosed: () => this.isClosed,
      onDefect: (error) => this.defects.push(error),
    });
    const { body, ...head } = answer;
    const pieces: string[] = [];
    for await (const piece of typeof body === "string" ? [body] : body) pieces.push(piece);
    return { ...head, pieces, text: pieces.join("") };
  }

  /** One JSON-RPC request. */
  async rpc(method: string, params: object, call: Call = {}) {
    const { text, statusCode, headers } = await this.call("POST", "/a2a", {
      ...call,
      body: { jsonrpc: "2.0", id: 1, method, params },
    });
    return { statusCode, headers, ...Reply.parse(JSON.parse(text)) };
  }
}

/** A message in wire form. */
export const said = (messageId: string, more: object = {}): { message: object } => ({
  message: { messageId, role: "ROLE_USER", parts: [{ data: { n: 1 } }], ...more },
});
