import { describe, expect, it } from "vitest";
import { parseSchedule } from "../../../../infra/local/scheduler/schedule-expression.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const next = (expression: string, after: string): string | undefined => {
  const time = parseSchedule(expression, START).next(Date.parse(after));
  return time === undefined ? undefined : new Date(time).toISOString();
};

describe("parseSchedule", () => {
  it.each([
    ["rate(5 minutes)", "2026-01-01T00:02:00Z", "2026-01-01T00:05:00.000Z"],
    ["rate(1 hour)", "2026-01-01T01:00:00Z", "2026-01-01T02:00:00.000Z"],
    ["rate(1 day)", "2026-03-01T12:00:00Z", "2026-03-02T00:00:00.000Z"],
    ["at(2026-02-03T04:05:06)", "2026-01-01T00:00:00Z", "2026-02-03T04:05:06.000Z"],
    ["at(2026-02-03T04:05:06)", "2026-02-03T04:05:06Z", undefined],
    ["cron(0 10 * * ? *)", "2026-01-01T10:00:00Z", "2026-01-02T10:00:00.000Z"],
    ["cron(15 12 * * ? *)", "2026-01-01T00:00:00Z", "2026-01-01T12:15:00.000Z"],
    ["cron(0 18 ? * MON-FRI *)", "2026-01-02T18:00:00Z", "2026-01-05T18:00:00.000Z"],
    ["cron(0/15 * * * ? *)", "2026-01-01T00:16:00Z", "2026-01-01T00:30:00.000Z"],
    ["cron(0 8 1 * ? *)", "2026-01-01T08:00:00Z", "2026-02-01T08:00:00.000Z"],
    ["cron(0 0 L * ? *)", "2026-02-01T00:00:00Z", "2026-02-28T00:00:00.000Z"],
    ["cron(0 0 ? * 3#2 *)", "2026-01-01T00:00:00Z", "2026-01-13T00:00:00.000Z"],
    ["cron(0 0 ? * 6L *)", "2026-01-01T00:00:00Z", "2026-01-30T00:00:00.000Z"],
    ["cron(0 0 29 FEB ? *)", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00.000Z"],
    ["cron(0 0 1 1 ? 2025)", "2026-01-01T00:00:00Z", undefined],
  ])("finds the time of %s after %s", (expression, after, expected) => {
    expect(next(expression, after)).toBe(expected);
  });

  it.each(["rate(0 minutes)", "rate(5 weeks)", "cron(0 10)", "cron(61 * * * ? *)", "at(soon)", "every day"])(
    "refuses %s",
    (expression) => {
      expect(() => parseSchedule(expression, START)).toThrow(SyntaxError);
    },
  );
});
