import * as fc from "fast-check";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { md5OfAttributes, receiptHandle } from "../../../../infra/local/sqs/message.ts";
import type { Message } from "../../../../infra/local/sqs/message.ts";
import { moveDeadLetters } from "../../../../infra/local/sqs/message-move.ts";
import type { Queue } from "../../../../infra/local/sqs/queue.ts";
import { sqsOperations } from "../../../../infra/local/sqs/sqs-api.ts";
import { SqsService } from "../../../../infra/local/sqs/sqs-service.ts";
import { readTurbulence } from "../../../../infra/local/sqs/turbulence.ts";
import { CLOUD_SCHEMA } from "../../../../infra/local/state/schema.ts";
import { TurnDatabase } from "../../../../infra/local/state/turn-database.ts";

const place = { region: "eu-central-1", accountId: "000000000000", endpoint: "http://127.0.0.1:1" };
const open = (path = ":memory:"): SqsService => new SqsService(new TurnDatabase(path, CLOUD_SCHEMA), place);
const now = (queue: Queue, max = 10): Promise<readonly Message[]> => queue.receive({ max, waitMs: 0 });
const bodies = (messages: readonly Message[]): string[] => messages.map(({ body }) => body);
const never = new AbortController().signal;

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

describe("a standard queue", () => {
  it("lets groups take turns, so that a long backlog of one does not hold up the others", async () => {
    const sqs = open();
    const queue = sqs.declareQueue("q", {});
    for (const body of ["a1", "a2", "a3", "b1", "c1", "a4"]) sqs.send(queue, { body, groupId: body.charAt(0) });
    expect(bodies(await now(queue))).toEqual(["a1", "b1", "c1", "a2", "a3", "a4"]);
  });

  it("hides a received message until its visibility timeout, then shows it again", async () => {
    const sqs = open();
    const queue = sqs.declareQueue("q", { VisibilityTimeout: "5" });
    sqs.send(queue, { body: "m" });
    await now(queue);
    await vi.advanceTimersByTimeAsync(4999);
    expect(await now(queue)).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect((await now(queue)).map(({ body, receiveCount }) => [body, receiveCount])).toEqual([["m", 2]]);
  });

  it("shows a message at once when its visibility timeout is set to zero", async () => {
    const sqs = open();
    const queue = sqs.declareQueue("q", {});
    sqs.send(queue, { body: "m" });
    for (const message of await now(queue)) queue.changeVisibility(receiptHandle(message), 0);
    expect(bodies(await now(queue))).toEqual(["m"]);
  });

  it("delays a message by its own delay before that of the queue", async () => {
    const sqs = open();
    const queue = sqs.declareQueue("q", { DelaySeconds: "2" });
    sqs.send(queue, { body: "late" });
    sqs.send(queue, { body: "early", delayMs: 1000 });
    expect(queue.counts).toEqual({ visible: 0, inFlight: 0, delayed: 2 });
    await vi.advanceTimersByTimeAsync(1000);
    expect(bodies(await now(queue))).toEqual(["early"]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(bodies(await now(queue))).toEqual(["late"]);
  });

  it("wakes a long poll with everything that was sent in one turn", async () => {
    const sqs = open();
    const queue = sqs.declareQueue("q", {});
    const waiting = queue.receive({ max: 10, waitMs: 20_000 });
    sqs.send(queue, { body: "1" });
    sqs.send(queue, { body: "2" });
    expect(bodies(await waiting)).toEqual(["1", "2"]);
  });

  it("answers a long poll with nothing when its time is over", async () => {
    const queue = open().declareQueue("q", {});
    const waiting = queue.receive({ max: 1, waitMs: 1000 });
    await vi.advanceTimersByTimeAsync(1000);
    expect(await waiting).toEqual([]);
  });

  it("moves a message to the dead-letter queue after maxReceiveCount receives, and back on request", async () => {
    const sqs = open();
    const dead = sqs.declareQueue("dead", {});
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 2 });
    const queue = sqs.declareQueue("q", { VisibilityTimeout: "1", RedrivePolicy });
    sqs.send(queue, { body: "poison" });
    for (const expected of [1, 2]) {
      expect((await now(queue)).map(({ receiveCount }) => receiveCount)).toEqual([expected]);
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect([queue.counts.visible, dead.counts.visible]).toEqual([0, 1]);
    await moveDeadLetters(sqs, dead.arn);
    expect([queue.counts.visible, dead.counts.visible]).toEqual([1, 0]);
  });

  it("drops a message that outlived its retention period", async () => {
    const sqs = open();
    const queue = sqs.declareQueue("q", { MessageRetentionPeriod: "60" });
    sqs.send(queue, { body: "old" });
    await vi.advanceTimersByTimeAsync(60_000);
    expect([await now(queue), queue.counts]).toEqual([[], { visible: 0, inFlight: 0, delayed: 0 }]);
  });

  it("delivers every message exactly once when each is deleted, in any order of sends and receives", async () => {
    const step = fc.oneof(
      fc.record({ send: fc.constantFrom("a", "b", "c") }),
      fc.record({ take: fc.integer({ min: 1, max: 10 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const sqs = open();
        const queue = sqs.declareQueue("q", {});
        const received: string[] = [];
        let sent = 0;
        const take = async (max: number): Promise<void> => {
          for (const message of await now(queue, max)) {
            received.push(message.body);
            queue.delete(receiptHandle(message));
          }
        };
        for (const each of steps) {
          if ("send" in each) sqs.send(queue, { body: String(sent++), groupId: each.send });
          else await take(each.take);
        }
        while (queue.counts.visible > 0) await take(10);
        const numbers = received.map(Number).sort((one, other) => one - other);
        expect(numbers).toEqual(Array.from({ length: sent }, (_, index) => index));
        sqs.stop();
      }),
    );
  });
});

describe("a FIFO queue", () => {
  it("keeps the order of a group and locks it while a message is in flight", async () => {
    const sqs = open();
    const queue = sqs.declareQueue("q.fifo", { ContentBasedDeduplication: "true" });
    for (const body of ["a1", "a2", "b1"]) sqs.send(queue, { body, groupId: body.charAt(0) });
    const [first] = await now(queue, 1);
    expect(first?.body).toBe("a1");
    expect(bodies(await now(queue))).toEqual(["b1"]);
    queue.changeVisibility(receiptHandle(first ?? expect.fail()), 0);
    const again = await now(queue);
    expect(bodies(again)).toEqual(["a1", "a2"]);
  });

  it("answers a duplicate within five minutes with the first message", async () => {
    const sqs = open();
    const queue = sqs.declareQueue("q.fifo", {});
    const send = (): string => sqs.send(queue, { body: "m", groupId: "g", dedupId: "d" }).messageId;
    const first = send();
    expect([send() === first, queue.counts.visible]).toEqual([true, 1]);
    await vi.advanceTimersByTimeAsync(300_001);
    expect([send() === first, queue.counts.visible]).toEqual([false, 2]);
  });
});

describe("the wire protocol", () => {
  const attributes = {
    city: { DataType: "String", StringValue: "Any City" },
    n: { DataType: "Number", StringValue: "1" },
  };

  // The hash of the documented layout, computed with Python's hashlib.
  it("hashes attributes sorted by name, with lengths in front", () => {
    const swapped = { n: attributes.n, city: attributes.city };
    expect(md5OfAttributes(attributes)).toBe(md5OfAttributes(swapped));
    expect(md5OfAttributes({ a: { DataType: "String", StringValue: "b" } })).toBe("bef8bf215374a0a228d67533b1a488be");
  });

  it("lets one entry of a batch fail without the others", async () => {
    const sqs = open();
    const { url } = sqs.declareQueue("q", { MaximumMessageSize: "1024" });
    const Entries = [
      { Id: "1", MessageBody: "ok" },
      { Id: "2", MessageBody: "x".repeat(1025) },
    ];
    const reply = await sqsOperations(sqs)["SendMessageBatch"]?.({ QueueUrl: url, Entries }, never);
    expect(reply).toMatchObject({
      Successful: [{ Id: "1" }],
      Failed: [{ Id: "2", Code: "InvalidParameterValue", SenderFault: true }],
    });
  });

  it.each([
    {
      flaw: "an unknown queue",
      operation: "SendMessage",
      body: { QueueUrl: "http://x/1/no", MessageBody: "m" },
      code: "QueueDoesNotExist",
    },
    {
      flaw: "a strange receipt",
      operation: "DeleteMessage",
      body: { QueueUrl: "q", ReceiptHandle: "?" },
      code: "ReceiptHandleIsInvalid",
    },
    {
      flaw: "an empty batch",
      operation: "DeleteMessageBatch",
      body: { QueueUrl: "q", Entries: [] },
      code: "AWS.SimpleQueueService.EmptyBatchRequest",
    },
    {
      flaw: "a message not in flight",
      operation: "ChangeMessageVisibility",
      body: { QueueUrl: "q", ReceiptHandle: "9.1.x", VisibilityTimeout: 1 },
      code: "AWS.SimpleQueueService.MessageNotInflight",
    },
  ])("refuses $flaw as $code", async ({ operation, body, code }) => {
    const sqs = open();
    sqs.declareQueue("q", {});
    await expect(sqsOperations(sqs)[operation]?.(body, never)).rejects.toMatchObject({ code });
  });
});

describe("turbulence", () => {
  const sent = async (seed: number): Promise<string[]> => {
    const sqs = new SqsService(new TurnDatabase(":memory:", CLOUD_SCHEMA), place, readTurbulence(`${seed}:0.3`));
    const queue = sqs.declareQueue("q", {});
    for (let number = 0; number < 100; number += 1) sqs.send(queue, { body: String(number) });
    const seen: string[] = [];
    for (let tick = 0; tick < 50; tick += 1) {
      seen.push(...bodies(await now(queue, 100)));
      vi.advanceTimersByTime(100);
    }
    return seen;
  };

  it("loses nothing, brings some messages twice and some out of order, and the same ones for the same seed", async () => {
    const seen = await sent(1);
    expect(new Set(seen).size).toBe(100);
    expect(seen.length).toBeGreaterThan(110);
    expect(seen.length).toBeLessThan(150);
    expect(seen).not.toEqual(seen.toSorted((a, b) => Number(a) - Number(b)));
    expect(await sent(1)).toEqual(seen);
    expect(await sent(2)).not.toEqual(seen);
  });

  it("leaves FIFO queues alone", async () => {
    const sqs = new SqsService(new TurnDatabase(":memory:", CLOUD_SCHEMA), place, readTurbulence("1:1"));
    const queue = sqs.declareQueue("q.fifo", {});
    for (const body of ["1", "2", "3"]) sqs.send(queue, { body, groupId: "g", dedupId: body });
    expect(bodies(await now(queue))).toEqual(["1", "2", "3"]);
  });

  it.each(["7", "7:2", "x:0.1", "7:0.1:3"])("does not take %s", (text) => {
    expect(() => readTurbulence(text)).toThrow("A2A_CHAOS is seed:rate");
  });
});

describe("a restart", () => {
  it("shows at once what a consumer of this process held, and keeps what another held hidden", async () => {
    const directory = mkdtempSync(join(tmpdir(), "sqs-"));
    const first = open(join(directory, "q.sqlite"));
    const queue = first.declareQueue("q", {});
    for (const body of ["ours", "theirs", "waiting"]) first.send(queue, { body });
    await queue.receive({ max: 1, waitMs: 0, isInProcess: true });
    await now(queue, 1);
    first.stop();
    first.database.close();
    const second = open(join(directory, "q.sqlite"));
    expect(second.queue("q").counts).toEqual({ visible: 2, inFlight: 1, delayed: 0 });
    expect(bodies(await now(second.queue("q"))).sort()).toEqual(["ours", "waiting"]);
    second.stop();
    second.database.close();
    rmSync(directory, { recursive: true });
  });
});
