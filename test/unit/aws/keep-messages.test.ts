import { setImmediate as turn } from "node:timers/promises";
import type { SQSRecord } from "aws-lambda";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { keepMessages } from "../../../shared/aws/keep-messages.ts";
import { fakeSqs } from "../../fixtures/runtime/fake-client.ts";

const record = (receiptHandle: string): SQSRecord => ({
  receiptHandle,
  messageId: receiptHandle,
  body: "{}",
  attributes: { ApproximateReceiveCount: "1", SentTimestamp: "0", SenderId: "x", ApproximateFirstReceiveTimestamp: "0" },
  messageAttributes: {},
  md5OfBody: "",
  eventSource: "aws:sqs",
  eventSourceARN: "arn",
  awsRegion: "eu-central-1",
});
const event = { Records: [record("one"), record("two")] };

describe("keeping messages", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
  afterEach(() => void vi.useRealTimers());

  function world(answer: () => object = () => ({})) {
    const asked: unknown[] = [];
    const warned: string[] = [];
    const sqs = fakeSqs(async ({ input }) => {
      asked.push(input);
      return answer();
    });
    const lease = { sqs, queueUrl: "q/await", seconds: 30, everySeconds: 10, logger: { warn: (...texts: unknown[]) => void warned.push(String(texts[0])) } };
    return { asked, warned, lease };
  }

  it("asks for a short while at once, and again as long as the work goes on", async () => {
    const { asked, lease } = world();
    let end = (): void => {};
    const working = keepMessages(lease, event, () => new Promise<string>((resolve) => (end = () => resolve("done"))));
    await turn();
    expect(asked).toEqual([
      {
        QueueUrl: "q/await",
        Entries: [
          { Id: "0", ReceiptHandle: "one", VisibilityTimeout: 30 },
          { Id: "1", ReceiptHandle: "two", VisibilityTimeout: 30 },
        ],
      },
    ]);
    vi.advanceTimersByTime(20_000);
    await turn();
    expect(asked).toHaveLength(3);
    end();
    expect(await working).toBe("done");
    vi.advanceTimersByTime(60_000);
    expect(asked).toHaveLength(3);
  });

  it("works on when the queue refuses: somebody else may get them too, and rows decide", async () => {
    const { warned, lease } = world(() => {
      throw new Error("throttled");
    });
    expect(await keepMessages(lease, event, async () => 7)).toBe(7);
    expect(warned).toEqual(["messages were not kept"]);
  });

  it("says so when some could not be kept", async () => {
    const { warned, lease } = world(() => ({ Failed: [{ Id: "1", Code: "X", SenderFault: true, Message: "gone" }] }));
    await keepMessages(lease, event, async () => undefined);
    expect(warned).toEqual(["some messages were not kept"]);
  });

  it("stops when the work fails", async () => {
    const { asked, lease } = world();
    await expect(keepMessages(lease, event, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    vi.advanceTimersByTime(60_000);
    expect(asked).toHaveLength(1);
  });
});
