import { describe, expect, it } from "vitest";
import { formatFlow, normalise, orderOf, parseFlow } from "../../../../shared/workflow/plan/flow.ts";
import { CorruptPlanError } from "../../../../shared/workflow/plan/errors.ts";

describe("a flow as text", () => {
  it.each(["0", "0;1;2", "(0|1)", "0;(1|2;3|(4|5);6);7"])("reads back what it wrote: %s", (text) => {
    expect(formatFlow(parseFlow(text))).toBe(text);
  });

  it.each(["", ";", "0;", "(0)", "(0|1", "0)", "0 1", "0;1|2", "(0|)", "x"])("refuses %j", (text) => {
    expect(() => parseFlow(text)).toThrow(CorruptPlanError);
  });

  it("orders series, not branches", () => {
    const { isBefore } = orderOf(parseFlow("0;(1;2|3);4"), 5);
    expect([isBefore(0, 3), isBefore(1, 2), isBefore(3, 4), isBefore(1, 4)]).toEqual([true, true, true, true]);
    expect([isBefore(1, 3), isBefore(3, 1), isBefore(2, 1), isBefore(4, 0)]).toEqual([false, false, false, false]);
  });

  it("unwraps groups of one and merges groups of a kind", () => {
    const flow = normalise("series", [0, { kind: "parallel", parts: [{ kind: "series", parts: [1, 2] }] }, 3]);
    expect(flow).toEqual({ kind: "series", parts: [0, 1, 2, 3] });
  });
});
