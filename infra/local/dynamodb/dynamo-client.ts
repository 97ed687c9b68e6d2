import { Agent, request } from "node:http";
import * as z from "zod";
import type { Json } from "../json.ts";
import { parseJson } from "../json.ts";

/** DynamoDB refused a call. */
export class DynamoError extends Error {
  readonly type: string;

  constructor(type: string, message: string) {
    super(`${type}: ${message}`);
    this.type = type;
  }
}

const Refusal = z.object({ __type: z.string().default("Unknown"), message: z.string().default("") });

// dynoxide checks that a signature is there, not that it is right.
const HEADERS = {
  "content-type": "application/x-amz-json-1.0",
  "x-amz-date": "20260101T000000Z",
  authorization:
    "AWS4-HMAC-SHA256 Credential=local/20260101/eu-central-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
};

/** Calls DynamoDB over a kept-alive connection; the SDK would cost more than the call. */
export class DynamoClient {
  readonly #endpoint: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 });

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }

  /** @throws {DynamoError} the call is refused. */
  call(operation: string, body: object): Promise<Json> {
    const text = JSON.stringify(body);
    const headers = {
      ...HEADERS,
      "x-amz-target": `DynamoDB_20120810.${operation}`,
      "content-length": Buffer.byteLength(text),
    };
    return new Promise((resolve, reject) => {
      const outgoing = request(this.#endpoint, { method: "POST", agent: this.#agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const reply = parseJson(Buffer.concat(chunks).toString() || "{}");
          if (response.statusCode === 200) return resolve(reply);
          const { __type: type, message } = Refusal.parse(reply);
          return reject(new DynamoError(type.split("#").at(-1) ?? type, message));
        });
      });
      outgoing.on("error", reject);
      outgoing.end(text);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
