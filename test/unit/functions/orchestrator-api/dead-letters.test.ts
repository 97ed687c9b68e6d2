import { PurgeQueueInProgress, UnsupportedOperation } from "@aws-sdk/client-sqs";
import { beforeEach, describe, expect, it } from "vitest";
import { sqsOperations } from "../../../../infra/local/sqs/sqs-api.ts";
import { SqsService } from "../../../../infra/local/sqs/sqs-service.ts";
import { type Message, receiptHandle } from "../../../../infra/local/sqs/message.ts";
import { CLOUD_SCHEMA } from "../../../../infra/local/state/schema.ts";
import { TurnDatabase } from "../../../../infra/local/state/turn-database.ts";
import { DEAD_LETTER_QUEUES } from "../../../../shared/incidents/dead-letter-queues.ts";
import { DEAD_LETTER_RULES } from "../../../../shared/incidents/rules/queue-rules.ts";
import { present } from "../../../../shared/core/present.ts";
import { MemoryApi } from "../../../fixtures/runtime/memory-api.ts";
import type { Send } from "../../../fixtures/runtime/fake-client.ts";

const PATH = "/api/v1/dead-letters";
const LOW = `${PATH}/tasks-low-dead`;
const place = { region: "eu-central-1", accountId: "000000000000", endpoint: "http://127.0.0.1:1" };

let api: MemoryApi;
let sqs: SqsService;

/** The embedded SQS; nobody waits for messages that will not come. */
const over = (service: SqsService): Send => {
  const operations = sqsOperations(service);
  return async ({ input, constructor: { name } }) => {
    const operation = present(operations[name.replace(/Command$/, "")]);
    return Object(await operation({ ...input, ...(name === "ReceiveMessageCommand" && { WaitTimeSeconds: 0 }) }, new AbortController().signal));
  };
};

const queue = (name: string) => sqs.queue(`a2a-dev-${name}`);
const bodies = async (name: string): Promise<string[]> => (await queue(name).receive({ max: 10, waitMs: 0 })).map(({ body }: Message) => body);
const put = (name: string, message: Parameters<SqsService["send"]>[1]): string => sqs.send(queue(name), message).messageId;

beforeEach(() => {
  api = new MemoryApi();
  sqs = new SqsService(new TurnDatabase(":memory:", CLOUD_SCHEMA), place);
  for (const { queue: dead, source } of Object.values(DEAD_LETTER_QUEUES)) {
    const { arn } = sqs.declareQueue(`a2a-dev-${dead}`, dead.endsWith(".fifo") ? { FifoQueue: "true" } : {});
    const redrive = JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount: 5 });
    if (source !== undefined) sqs.declareQueue(`a2a-dev-${source}`, { RedrivePolicy: redrive, ...(source.endsWith(".fifo") && { FifoQueue: "true" }) });
  }
  api.onSqs = over(sqs);
});

describe("dead-letter queues", () => {
  it("are those that the runbook speaks of", () => {
    expect(Object.keys(DEAD_LETTER_QUEUES)).toEqual(DEAD_LETTER_RULES.map(({ name }) => name));
  });

  it("are listed with what waits in them and where it goes back to", async () => {
    put("tasks-low-dead", { body: "{}" });
    const { json } = await api.call("GET", PATH);
    expect(json["queues"]).toHaveLength(20);
    expect(json["queues"]).toEqual(expect.arrayContaining([
      { queue: "tasks-low-dead", waiting: 1, source: "tasks-low" },
      { queue: "live-dead", waiting: 0, source: "live.fifo" },
      { queue: "stream-dead", waiting: 0, source: null },
    ]));
  });

  it.each([
    { who: { roles: "operator" } },
    { who: { roles: "workflow_designer workflow_submitter" } },
    { who: { tenant: "other", roles: "admin" } },
  ])("are nothing for $who", async ({ who }) => {
    put("tasks-low-dead", { body: "{}" });
    for (const [method, path, body] of [
      ["GET", PATH, null],
      ["GET", LOW, null],
      ["GET", `${LOW}/m`, null],
      ["POST", `${LOW}/redrive`, {}],
      ["POST", `${LOW}/m/redrive`, {}],
      ["DELETE", `${LOW}/m`, null],
      ["DELETE", LOW, null],
    ] as const) {
      expect((await api.call(method, path, { ...who, body })).statusCode, `${method} ${path}`).toBe(403);
    }
    expect(await bodies("tasks-low-dead")).toEqual(["{}"]);
  });

  it.each(["no-such-dead", "constructor", "tasks-low", "..%2Ftasks-low"])("are not '%s'", async (name) => {
    expect((await api.call("GET", `${PATH}/${name}`)).statusCode).toBe(404);
    expect((await api.call("DELETE", `${PATH}/${name}`)).statusCode).toBe(404);
  });

  it.each(["0", "101", "ten"])("show no %s messages", async (limit) => {
    expect((await api.call("GET", LOW, { query: { limit } })).statusCode).toBe(400);
  });
});

describe("dead letters", () => {
  it("are shown with the tenant and the reason where those are known, and stay", async () => {
    const long = JSON.stringify({ tenant: "acme", text: "é".repeat(2000) });
    put("events-dead", { body: long, attributes: { ERROR_CODE: { DataType: "String", StringValue: "NO_PERMISSIONS" }, ERROR_MESSAGE: { DataType: "String", StringValue: "not allowed" }, raw: { DataType: "Binary", BinaryValue: "AA==" } } });
    const [letter] = (await api.call("GET", `${PATH}/events-dead`)).json["dead_letters"] as Record<string, unknown>[]; // oxlint-disable-line typescript/no-unsafe-type-assertion
    expect(letter).toMatchObject({ tenant: "acme", reason: "NO_PERMISSIONS: not allowed", attributes: { ERROR_CODE: "NO_PERMISSIONS" }, body_bytes: Buffer.byteLength(long) });
    expect(String(letter?.["body"])).toHaveLength(1000);
    expect((await api.call("GET", `${PATH}/events-dead/${String(letter?.["message_id"])}`)).json).toMatchObject({ body: long });
    expect(queue("events-dead").counts).toMatchObject({ visible: 1, inFlight: 0 });
  });

  it.each([
    { body: "{", reason: "the body is not JSON" },
    { body: JSON.stringify({ requestContext: { condition: "RetryAttemptsExhausted" }, responseContext: { functionError: "Unhandled" } }), reason: "RetryAttemptsExhausted: Unhandled" },
    { body: JSON.stringify({ requestContext: { condition: "RetryAttemptsExhausted" } }), reason: "RetryAttemptsExhausted" },
    { body: "{}", reason: undefined },
  ])("of $body give the reason $reason", async ({ body, reason }) => {
    const id = put("stream-dead", { body });
    expect((await api.call("GET", `${PATH}/stream-dead/${id}`)).json["reason"]).toBe(reason);
  });

  it.each([
    { message: { body: "{", groupId: "acme" }, tenant: "acme" },
    { message: { body: "{", groupId: "acme/exec_1" }, tenant: "acme" },
    { message: { body: JSON.stringify({ detail: { tenant: "beta" } }) }, tenant: "beta" },
    { message: { body: "[]" }, tenant: undefined },
  ])("$message is of tenant $tenant", async ({ message, tenant }) => {
    const id = put("tasks-low-dead", message);
    expect((await api.call("GET", `${LOW}/${id}`)).json["tenant"]).toBe(tenant);
  });

  it("are found behind others, of which none is lost", async () => {
    const ids = Array.from({ length: 25 }, (_, index) => put("tasks-low-dead", { body: String(index) }));
    expect((await api.call("GET", `${LOW}/${present(ids.at(-1))}`)).json).toMatchObject({ body: "24" });
    expect((await api.call("GET", `${LOW}/none`)).statusCode).toBe(404);
    expect((await api.call("GET", LOW, { query: { limit: "12" } })).json["dead_letters"]).toHaveLength(12);
    expect(queue("tasks-low-dead").counts).toMatchObject({ visible: 25, inFlight: 0 });
  });

  it("go back one by one as they were sent", async () => {
    const attributes = { kind: { DataType: "String", StringValue: "x" } };
    const id = put("tasks-low-dead", { body: "mine", groupId: "acme", attributes });
    put("tasks-low-dead", { body: "other" });
    expect((await api.call("POST", `${LOW}/${id}/redrive`, { body: {} }))).toMatchObject({ statusCode: 202, json: { queue: "tasks-low-dead", source: "tasks-low", redriven: 1 } });
    expect(await queue("tasks-low").receive({ max: 10, waitMs: 0 })).toMatchObject([{ body: "mine", groupId: "acme", attributes }]);
    expect(await bodies("tasks-low-dead")).toEqual(["other"]);
    expect((await api.call("POST", `${LOW}/${id}/redrive`, { body: {} })).statusCode).toBe(404);
  });

  it("go back to a queue that keeps their order", async () => {
    const id = put("live-dead.fifo", { body: "mine", groupId: "acme/exec_1", dedupId: "d" });
    expect((await api.call("POST", `${PATH}/live-dead/${id}/redrive`, { body: {} })).statusCode).toBe(202);
    expect(await queue("live.fifo").receive({ max: 10, waitMs: 0 })).toMatchObject([{ body: "mine", groupId: "acme/exec_1", dedupId: id }]);
  });

  it("go back all at once", async () => {
    for (const body of ["a", "b"]) put("tasks-low", { body });
    for (let receives = 0; receives < 5; receives += 1) {
      for (const message of await queue("tasks-low").receive({ max: 10, waitMs: 0 })) queue("tasks-low").changeVisibility(receiptHandle(message), 0);
    }
    expect(queue("tasks-low-dead").counts.visible).toBe(2);
    expect((await api.call("POST", `${LOW}/redrive`, { body: {} })).json).toEqual({ queue: "tasks-low-dead", source: "tasks-low", redriven: 2 });
    expect((await bodies("tasks-low")).toSorted()).toEqual(["a", "b"]);
  });

  it("of a stream, a rule or a schedule cannot go back", async () => {
    const id = put("stream-dead", { body: "{}" });
    for (const path of ["redrive", `${id}/redrive`]) {
      expect(await api.call("POST", `${PATH}/stream-dead/${path}`, { body: {} })).toMatchObject({ statusCode: 409, json: { detail: expect.stringContaining("runbook") } });
    }
    expect(await bodies("stream-dead")).toEqual(["{}"]);
  });

  it("are removed one by one, or all", async () => {
    const [id] = [put("tasks-low-dead", { body: "a" }), put("tasks-low-dead", { body: "b" }), put("tasks-low-dead", { body: "c" })];
    expect((await api.call("DELETE", `${LOW}/${id}`)).statusCode).toBe(204);
    expect((await api.call("DELETE", `${LOW}/${id}`)).statusCode).toBe(404);
    expect((await api.call("DELETE", LOW)).json).toEqual({ queue: "tasks-low-dead", dropped: 2 });
    expect(await bodies("tasks-low-dead")).toEqual([]);
  });
});

describe("what SQS refuses", () => {
  const { onSqs: nobody } = new MemoryApi();
  const failing = (command: string, error: Error): void => {
    const well = api.onSqs;
    api.onSqs = (sent) => (sent.constructor.name === command ? Promise.reject(error) : well(sent));
  };
  const about = { message: "no", $metadata: {} };

  it.each([
    { method: "DELETE", path: LOW, command: "PurgeQueueCommand", error: new PurgeQueueInProgress(about), status: 409 },
    { method: "POST", path: `${LOW}/redrive`, command: "StartMessageMoveTaskCommand", error: new UnsupportedOperation(about), status: 409 },
    { method: "DELETE", path: LOW, command: "PurgeQueueCommand", error: new Error("broken"), status: 500 },
    { method: "POST", path: `${LOW}/redrive`, command: "StartMessageMoveTaskCommand", error: new Error("broken"), status: 500 },
    { method: "GET", path: LOW, command: "GetQueueUrlCommand", error: new Error("broken"), status: 500 },
  ])("is told as $status: $command", async ({ method, path, command, error, status }) => {
    failing(command, error);
    expect((await api.call(method, path, { body: method === "POST" ? {} : null })).statusCode).toBe(status);
  });

  it("is asked anew after it could not say where a queue is", async () => {
    const well = api.onSqs;
    api.onSqs = nobody;
    expect((await api.call("GET", LOW)).statusCode).toBe(500);
    api.onSqs = async (sent) => (sent.constructor.name === "GetQueueUrlCommand" ? {} : well(sent));
    expect((await api.call("GET", LOW)).statusCode).toBe(500);
    api.onSqs = well;
    expect((await api.call("GET", LOW)).json).toEqual({ dead_letters: [] });
  });
});
