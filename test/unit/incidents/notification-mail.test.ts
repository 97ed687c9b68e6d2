import { describe, expect, it } from "vitest";
import { notificationMail } from "../../../shared/incidents/control/notification-mail.ts";
import type { TellOrder } from "../../../shared/incidents/messages.ts";
import { fakeSqs } from "../../fixtures/runtime/fake-client.ts";

const order = (revision: number): TellOrder => ({ kind: "tell", tenant: "acme", incident: "inc_1", revision });

describe("the queue of notifications", () => {
  it("takes orders ten at a time, a tenant's in its group", async () => {
    const sent: unknown[] = [];
    const mail = notificationMail(fakeSqs(async ({ input }) => {
      sent.push(input);
      return {};
    }), "queue");
    await mail.send(Array.from({ length: 12 }, (_, index) => order(index + 1)));
    await mail.send([]);
    expect(sent).toMatchObject([{ QueueUrl: "queue", Entries: { length: 10 } }, { Entries: [{ MessageGroupId: "acme", MessageBody: JSON.stringify(order(11)) }, {}] }]);
  });

  it("says so when some were not taken", async () => {
    const mail = notificationMail(fakeSqs(async () => ({ Failed: [{ Id: "0" }] })), "queue");
    await expect(mail.send([order(1)])).rejects.toThrow("SQS did not take 1 of 1 notifications");
  });

  it("puts off for as long as SQS can, and never into the past", async () => {
    const delays: unknown[] = [];
    const mail = notificationMail(fakeSqs(async ({ input }) => {
      delays.push("DelaySeconds" in input ? input.DelaySeconds : undefined);
      return {};
    }), "queue");
    for (const seconds of [29.2, 7200, -5]) await mail.later(order(1), seconds);
    expect(delays).toEqual([30, 900, 0]);
  });
});
