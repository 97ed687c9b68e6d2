import { describe, expect, it } from "vitest";
import { paintFor } from "../../../infra/cli/view/paint.ts";
import { tableLines } from "../../../infra/cli/view/table.ts";
import { barOf } from "../../../infra/cli/view/task-bar.ts";
import { fitText, formatSeconds, printable } from "../../../infra/cli/view/text.ts";

describe("formatSeconds", () => {
  it.each([
    [0, "0.0 s"],
    [-1, "0.0 s"],
    [0.44, "0.4 s"],
    [59.94, "59.9 s"],
    [59.96, "1 m 00 s"],
    [65, "1 m 05 s"],
    [3599.4, "59 m 59 s"],
    [7380, "2 h 03 m"],
  ])("writes %d as %s", (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });
});

describe("fitText", () => {
  it.each([
    ["abc", 5, "abc  "],
    ["abcdef", 4, "abc…"],
    ["abcd", 4, "abcd"],
  ])("fits '%s' to %d", (text, width, fitted) => {
    expect(fitText(text, width)).toBe(fitted);
  });
});

describe("barOf", () => {
  const whole = { start: 0, end: 100 };
  it.each([
    { name: "the first half", task: { start: 0, end: 50 }, isOpen: false, bar: "━━━━━     " },
    { name: "the end, still open", task: { start: 60, end: 100 }, isOpen: true, bar: "      ━━━╸" },
    { name: "a moment", task: { start: 40, end: 40 }, isOpen: false, bar: "    ━     " },
    { name: "a moment at the very end", task: { start: 100, end: 100 }, isOpen: true, bar: "         ╸" },
    { name: "nothing yet", task: undefined, isOpen: false, bar: "          " },
  ])("draws $name", ({ task, isOpen, bar }) => {
    expect(barOf(task, whole, { width: 10, isOpen })).toBe(bar);
  });

  it("draws nothing without room", () => {
    expect(barOf({ start: 0, end: 50 }, whole, { width: 0, isOpen: true })).toBe("");
  });
});

describe("tableLines", () => {
  it("aligns columns and drops control characters", () => {
    const lines = tableLines(
      [{ title: "NAME" }, { title: "N", align: "right" }],
      [
        ["a\u001bb", "100"],
        ["c", "1"],
      ],
    );
    expect(lines).toEqual(["NAME    N", "ab    100", "c       1"]);
  });
});

describe("printable", () => {
  it("keeps letters, line breaks and tabs, drops the rest of the control characters", () => {
    expect(printable("é\n\t\u001b[31m\u0007\u009b1m")).toBe("é\n\t[31m1m");
  });
});

describe("paintFor", () => {
  const write = (): boolean => true;
  it.each([
    { where: "a terminal", isTTY: true, env: {}, text: "\u001b[1mx\u001b[22m" },
    { where: "a pipe", isTTY: false, env: {}, text: "x" },
    { where: "a terminal with NO_COLOR", isTTY: true, env: { NO_COLOR: "1" }, text: "x" },
    { where: "a terminal with an empty NO_COLOR", isTTY: true, env: { NO_COLOR: "" }, text: "\u001b[1mx\u001b[22m" },
    { where: "a dumb terminal", isTTY: true, env: { TERM: "dumb" }, text: "x" },
  ])("styles as fits $where", ({ isTTY, env, text }) => {
    expect(paintFor({ isTTY, write }, env)("bold", "x")).toBe(text);
  });
});
