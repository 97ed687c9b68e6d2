import { describe, expect, it } from "vitest";
import { parseSchedule } from "../../../../shared/workflow/schedules/schedule-expression.ts";

/** The next times after a moment. */
function timesAfter(expression: string, { timezone = "UTC", after, count = 3 }: { timezone?: string; after: string; count?: number }): string[] {
  const schedule = parseSchedule(expression, { timezone, from: Date.parse("2026-01-01T00:00:30Z") });
  const times: string[] = [];
  for (let next = schedule.next(Date.parse(after)); next !== undefined && times.length < count; next = schedule.next(next)) {
    times.push(new Date(next).toISOString().replace(":00.000Z", "Z"));
  }
  return times;
}

describe("a schedule expression", () => {
  it.each([
    { expression: "cron(0 9 ? * MON-FRI *)", after: "2026-01-02T09:00:00Z", times: ["2026-01-05T09:00Z", "2026-01-06T09:00Z", "2026-01-07T09:00Z"] },
    { expression: "cron(0/20 8,9 1 jan ? 2027)", after: "2026-01-02T00:00:00Z", times: ["2027-01-01T08:00Z", "2027-01-01T08:20Z", "2027-01-01T08:40Z"] },
    { expression: "cron(5 0 L * ? *)", after: "2028-01-31T12:00:00Z", times: ["2028-02-29T00:05Z", "2028-03-31T00:05Z", "2028-04-30T00:05Z"] },
    { expression: "cron(0 0 L-2 2 ? *)", after: "2026-01-01T00:00:00Z", times: ["2026-02-26T00:00Z", "2027-02-26T00:00Z", "2028-02-27T00:00Z"] },
    { expression: "cron(0 0 LW * ? *)", after: "2026-01-01T00:00:00Z", times: ["2026-01-30T00:00Z", "2026-02-27T00:00Z", "2026-03-31T00:00Z"] },
    { expression: "cron(0 0 1W * ? *)", after: "2026-07-31T00:00:00Z", times: ["2026-08-03T00:00Z", "2026-09-01T00:00Z", "2026-10-01T00:00Z"] },
    { expression: "cron(0 0 15W * ? *)", after: "2026-08-01T00:00:00Z", times: ["2026-08-14T00:00Z", "2026-09-15T00:00Z", "2026-10-15T00:00Z"] },
    { expression: "cron(0 12 ? * 3#2 *)", after: "2026-01-01T00:00:00Z", times: ["2026-01-13T12:00Z", "2026-02-10T12:00Z", "2026-03-10T12:00Z"] },
    { expression: "cron(0 12 ? * FRIL *)", after: "2026-01-01T00:00:00Z", times: ["2026-01-30T12:00Z", "2026-02-27T12:00Z", "2026-03-27T12:00Z"] },
    { expression: "cron(0 12 ? * L *)", after: "2026-01-01T00:00:00Z", times: ["2026-01-03T12:00Z", "2026-01-10T12:00Z", "2026-01-17T12:00Z"] },
    { expression: "cron(0 0 29 2 ? *)", after: "2096-03-01T00:00:00Z", times: ["2104-02-29T00:00Z", "2108-02-29T00:00Z", "2112-02-29T00:00Z"] },
    { expression: "cron(0 0 31 4 ? *)", after: "2026-01-01T00:00:00Z", times: [] },
    { expression: "at(2027-01-31T09:00:00)", after: "2026-01-01T00:00:00Z", times: ["2027-01-31T09:00Z"] },
    { expression: "at(2027-01-31T09:00:00)", after: "2027-01-31T09:00:00Z", times: [] },
  ])("$expression comes at $times", ({ expression, after, times }) => {
    expect(timesAfter(expression, { after })).toEqual(times);
  });

  it("as a rate counts from when it began", () => {
    expect(timesAfter("rate(1 hour)", { after: "2026-01-01T02:10:00Z", count: 2 })).toEqual(["2026-01-01T03:00:30.000Z", "2026-01-01T04:00:30.000Z"]);
    expect(timesAfter("rate(2 days)", { after: "2025-12-01T00:00:00Z", count: 1 })).toEqual(["2026-01-03T00:00:30.000Z"]);
  });

  it.each([
    // Half past two is missing on 29 March, and there twice on 25 October.
    { timezone: "Europe/Berlin", expression: "cron(30 2 * * ? *)", after: "2026-03-28T00:00:00Z", times: ["2026-03-28T01:30Z", "2026-03-29T01:00Z", "2026-03-30T00:30Z"] },
    { timezone: "Europe/Berlin", expression: "cron(30 2 * * ? *)", after: "2026-10-24T00:00:00Z", times: ["2026-10-24T00:30Z", "2026-10-25T00:30Z", "2026-10-26T01:30Z"] },
    { timezone: "America/New_York", expression: "cron(0,30 2 * * ? *)", after: "2026-03-07T12:00:00Z", times: ["2026-03-08T07:00Z", "2026-03-09T06:00Z", "2026-03-09T06:30Z"] },
    { timezone: "America/New_York", expression: "cron(30 1 * * ? *)", after: "2026-10-31T12:00:00Z", times: ["2026-11-01T05:30Z", "2026-11-02T06:30Z", "2026-11-03T06:30Z"] },
    // The clock moves by half an hour.
    { timezone: "Australia/Lord_Howe", expression: "cron(15 2 * * ? *)", after: "2026-10-02T16:00:00Z", times: ["2026-10-03T15:30Z", "2026-10-04T15:15Z", "2026-10-05T15:15Z"] },
    { timezone: "Australia/Lord_Howe", expression: "cron(45 1 * * ? *)", after: "2026-04-04T00:00:00Z", times: ["2026-04-04T14:45Z", "2026-04-05T15:15Z", "2026-04-06T15:15Z"] },
    { timezone: "America/New_York", expression: "at(2026-03-08T02:30:00)", after: "2026-01-01T00:00:00Z", times: ["2026-03-08T07:00Z"] },
  ])("in $timezone, $expression comes once where the clock moves: $times", ({ timezone, expression, after, times }) => {
    expect(timesAfter(expression, { timezone, after })).toEqual(times);
  });

  it.each([
    { timezone: "Europe/Berlin", from: "2026-03-28T22:00:00Z", to: "2026-03-29T22:00:00Z" },
    { timezone: "Europe/Berlin", from: "2026-10-24T22:00:00Z", to: "2026-10-25T23:00:00Z" },
    { timezone: "America/New_York", from: "2026-03-08T04:00:00Z", to: "2026-03-09T04:00:00Z" },
    { timezone: "America/New_York", from: "2026-11-01T03:00:00Z", to: "2026-11-02T05:00:00Z" },
    { timezone: "Australia/Lord_Howe", from: "2026-04-04T12:00:00Z", to: "2026-04-05T13:30:00Z" },
  ])("each hour comes at different moments in $timezone from $from, and none twice", ({ timezone, from, to }) => {
    const times = timesAfter("cron(0 * * * ? *)", { timezone, after: from, count: 30 }).filter((time) => Date.parse(time) <= Date.parse(to));
    const shown = times.map((time) => new Intl.DateTimeFormat("en-GB", { timeZone: timezone, dateStyle: "short", timeStyle: "short" }).format(new Date(time)));
    expect(new Set(times).size).toBe(times.length);
    expect(new Set(shown).size).toBe(shown.length);
  });

  it.each([
    { expression: "every day", says: "'every day' is no schedule: write cron(0 9 ? * MON-FRI *), rate(5 minutes) or at(2027-01-31T09:00:00)" },
    { expression: "cron(0 9 * * *)", says: "cron(0 9 * * *) has 5 fields: write six, as in cron(0 9 ? * MON-FRI *): minutes hours day-of-month month day-of-week year" },
    { expression: "cron(0 25 ? * MON *)", says: "the field hours is '25': use 0 to 23, lists (a,b), ranges (a-b), steps (a/b) or *" },
    { expression: "cron(0 9 ? * MOON *)", says: "the field day of week is 'MOON': use 1 to 7 or SUN to SAT, lists (a,b), ranges (a-b), steps (a/b) or *" },
    { expression: "cron(0 9 * * * *)", says: "day of month is '*' and day of week is '*': write ? in exactly one of them" },
    { expression: "cron(0 9 ? * ? *)", says: "day of month is '?' and day of week is '?': write ? in exactly one of them" },
    { expression: "cron(0/0 9 * * ? *)", says: "the field minutes is '0/0': a step is at least 1" },
    { expression: "cron(30-10 9 * * ? *)", says: "the field minutes is '30-10': write the smaller value first" },
    { expression: "cron(, 9 * * ? *)", says: "the field minutes is ',': use 0 to 59, lists (a,b), ranges (a-b), steps (a/b) or *" },
    { expression: "cron(0 9 L-40 * ? *)", says: "the field day of month is 'L-40': write L, LW, or L-1 to L-30" },
    { expression: "cron(0 9 32W * ? *)", says: "the field day of month is '32': use 1 to 31, lists (a,b), ranges (a-b), steps (a/b) or *" },
    { expression: "rate(1 hours)", says: "rate(1 hours) is no rate: write rate(1 minute), rate(12 hours) or rate(7 days)" },
    { expression: "rate(0 minutes)", says: "rate(0 minutes) is no rate: write rate(1 minute), rate(12 hours) or rate(7 days)" },
    { expression: "at(2027-02-30T09:00:00)", says: "at(2027-02-30T09:00:00) is no time: write at(2027-01-31T09:00:00), in the schedule's time zone and without an offset" },
    { expression: "at(2027-01-31)", says: "at(2027-01-31) is no time: write at(2027-01-31T09:00:00), in the schedule's time zone and without an offset" },
  ])("$expression is refused: $says", ({ expression, says }) => {
    expect(() => parseSchedule(expression, { timezone: "UTC", from: 0 })).toThrow(new SyntaxError(says));
  });

  it("is refused in a time zone that is none", () => {
    expect(() => parseSchedule("rate(1 minute)", { timezone: "Mars/Olympus", from: 0 })).toThrow("the time zone 'Mars/Olympus' does not exist: use a name such as Europe/Berlin");
  });
});
