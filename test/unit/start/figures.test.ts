import { describe, expect, it } from "vitest";
import { plain } from "../../../infra/cli/view/paint.ts";
import { figureLines, Figures } from "../../../infra/local/start/figures.ts";

const AAPL = {
  from: "2000-01-01",
  to: "2010-03-01",
  months: 122,
  totalReturn: 7.598,
  cagr: 0.2359,
  annualVolatility: 0.5471,
  sharpe: 0.3872,
  maxDrawdown: 0.7918,
  bestMonth: { month: "2001-01-01", return: 0.4535 },
  worstMonth: { month: "2000-09-01", return: -0.5774 },
};

describe("figureLines", () => {
  it("puts each symbol on a line, fractions as percent", () => {
    expect(figureLines(Figures.parse({ AAPL }), plain)).toEqual([
      "Symbol  Total return    CAGR  Volatility  Sharpe  Max drawdown        Best month        Worst month",
      "AAPL         759.8 %  23.6 %      54.7 %    0.39        79.2 %  45.4 % (2001-01)  -57.7 % (2000-09)",
    ]);
  });

  it("refuses figures that are not numbers", () => {
    expect(Figures.safeParse({ AAPL: { ...AAPL, sharpe: null } }).success).toBe(false);
  });
});
