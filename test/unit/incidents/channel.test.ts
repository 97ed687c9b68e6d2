import { describe, expect, it } from "vitest";
import { QuietTime, quietUntil } from "../../../shared/incidents/channel.ts";
import { isOvertaken, newNotice, tried } from "../../../shared/incidents/notice.ts";

const at = (time: string): number => Date.parse(`2026-11-21T${time}:30.000Z`);

describe("quiet times", () => {
  const quiet = { from: "22:00", to: "07:00", time_zone: "UTC" };

  it.each([
    { now: "21:59", until: undefined },
    { now: "22:00", until: "2026-11-22T07:00:00.000Z" },
    { now: "23:59", until: "2026-11-22T07:00:00.000Z" },
    { now: "06:59", until: "2026-11-21T07:00:00.000Z" },
    { now: "07:00", until: undefined },
  ])("at $now it is quiet until $until", ({ now, until }) => {
    expect(quietUntil(quiet, at(now))).toBe(until === undefined ? undefined : Date.parse(until));
  });

  it("are of the place that they say", () => {
    expect(quietUntil({ ...quiet, time_zone: "Asia/Tokyo" }, at("13:00"))).toBe(Date.parse("2026-11-21T22:00:00.000Z"));
  });

  it("that begin where they end are none", () => {
    expect(quietUntil({ from: "07:00", to: "07:00", time_zone: "UTC" }, at("07:00"))).toBeUndefined();
    expect(QuietTime.safeParse({ from: "7:00", to: "08:00" }).success).toBe(false);
  });
});

describe("notices", () => {
  const notice = { ...newNotice({ kind: "notice", tenant: "acme", incident: "inc_1", revision: 1, channel: "c" }, { event: "incident.opened", at: "2026-11-21T10:00:00.000Z" }), attempts: 1 };

  it("wait no longer than the last retry, whatever the receiver asks", () => {
    const after = tried(notice, { kind: "refused", reason: "x", isRetryable: true, retryAfterSeconds: 1_000_000 }, "2026-11-21T10:00:00.000Z");
    expect(after).toMatchObject({ status: "waiting", not_before: "2026-11-21T12:00:00.000Z" });
  });

  it.each([
    ["incident.opened", "open", false],
    ["incident.opened", "acknowledged", false],
    ["incident.opened", "resolved", true],
    ["incident.escalated", "acknowledged", true],
    ["incident.escalated", "open", false],
    ["incident.acknowledged", "resolved", true],
    ["incident.resolved", "open", false],
    ["incident.resolved", "resolved", false],
    ["channel.tested", "resolved", false],
  ] as const)("%s of an incident that is %s: overtaken is %s", (event, status, isOver) => {
    expect(isOvertaken(event, status)).toBe(isOver);
  });
});
