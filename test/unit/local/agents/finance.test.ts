import { describe, expect, it } from "vitest";

import { correlationPairs, figuresOf, markdownOf, narrativeOf } from "../../../../infra/local/agents/figures.ts";
import {
  correlationOf,
  drawdownOf,
  pearson,
  returnsOf,
  standardDeviation,
  volatilityOf,
} from "../../../../infra/local/agents/finance.ts";
import {
  monthsBetween,
  parseCsv,
  parseDate,
  standardise,
  validateRows,
} from "../../../../infra/local/agents/finance-data.ts";

const row = (symbol: string, date: string, price: string) => ({ symbol, date, price });
const near = (value: number) => expect.closeTo(value, 10);

describe("reading prices", () => {
  it("splits a CSV text into columns and rows", () => {
    expect(parseCsv("symbol,date,price\r\nA,Jan 1 2000,1.5\nB,Feb 1 2000,2\n")).toEqual({
      columns: ["symbol", "date", "price"],
      rows: [row("A", "Jan 1 2000", "1.5"), row("B", "Feb 1 2000", "2")],
    });
  });

  it.each([
    ["Jan 1 2000", "2000-01-01"],
    ["Dec 31 1999", "1999-12-31"],
    ["2004-08-01", "2004-08-01"],
    ["Feb 30 2000", undefined],
    ["Foo 1 2000", undefined],
    ["2000-13-01", undefined],
    ["", undefined],
  ])("reads the date %s as %s", (text, date) => {
    expect(parseDate(text)).toBe(date);
  });

  it("lists months over a year's end", () => {
    expect(monthsBetween("1999-11-01", "2000-02-01")).toEqual(["1999-11-01", "1999-12-01", "2000-01-01", "2000-02-01"]);
  });

  it("reports coverage and gaps of good rows", () => {
    const rows = [row("A", "Jan 1 2000", "1"), row("A", "Apr 1 2000", "2"), row("B", "Feb 1 2000", "3")];
    expect(validateRows(rows)).toEqual({
      valid: true,
      rows: 3,
      columns: ["symbol", "date", "price"],
      symbols: [
        { symbol: "A", rows: 2, from: "2000-01-01", to: "2000-04-01", gaps: ["2000-02-01", "2000-03-01"] },
        { symbol: "B", rows: 1, from: "2000-02-01", to: "2000-02-01", gaps: [] },
      ],
      problems: [],
    });
  });

  it.each([
    { flaw: "nothing", rows: [], problem: "there are no rows" },
    { flaw: "a missing column", rows: [{ symbol: "A", date: "Jan 1 2000" }], problem: "columns are missing: price" },
    {
      flaw: "a number where text should be",
      rows: [{ ...row("A", "Jan 1 2000", "1"), price: 1 }],
      problem: "row 1: a column is not text",
    },
    { flaw: "no symbol", rows: [row("", "Jan 1 2000", "1")], problem: "row 1: the symbol is empty" },
    { flaw: "no date", rows: [row("A", "soon", "1")], problem: 'row 1: "soon" is no date' },
    { flaw: "no number", rows: [row("A", "Jan 1 2000", "n/a")], problem: 'row 1: "n/a" is no price above zero' },
    { flaw: "a negative price", rows: [row("A", "Jan 1 2000", "-1")], problem: 'row 1: "-1" is no price above zero' },
    { flaw: "an empty price", rows: [row("A", "Jan 1 2000", "")], problem: 'row 1: "" is no price above zero' },
    {
      flaw: "two prices in a month",
      rows: [row("A", "Jan 1 2000", "1"), row("A", "Jan 9 2000", "2")],
      problem: "row 2: A has a second price for 2000-01",
    },
  ])("refuses $flaw", ({ rows, problem }) => {
    expect(validateRows(rows)).toMatchObject({ valid: false, problems: [problem] });
  });

  it("aligns rows of any order into a table with nulls for gaps", () => {
    const rows = [row("B", "Mar 1 2000", "5"), row("A", "Feb 1 2000", "2"), row("A", "Jan 1 2000", "1")];
    expect(standardise(rows)).toEqual({
      months: ["2000-01-01", "2000-02-01", "2000-03-01"],
      prices: { A: [1, 2, null], B: [null, null, 5] },
    });
  });
});

/** UP doubles and halves: 100, 200, 100, 200. FLAT stays. LATE starts in the second month. */
const TABLE = {
  months: ["2000-01-01", "2000-02-01", "2000-03-01", "2000-04-01"],
  prices: { UP: [100, 200, 100, 200], FLAT: [50, 50, 50, 50], LATE: [null, 80, 40, 20] },
};

describe("returns and risk", () => {
  it("measures simple, logarithmic and cumulative returns", () => {
    const { UP, LATE } = returnsOf(TABLE);
    expect(UP).toMatchObject({
      months: ["2000-02-01", "2000-03-01", "2000-04-01"],
      simple: [1, -0.5, 1],
      log: [near(0.6931471805599453), near(-0.6931471805599453), near(0.6931471805599453)],
      cumulative: [1, 0, 1],
      totalReturn: 1,
      // Doubled in three months: 2 ^ 4 a year.
      cagr: near(15),
    });
    expect(LATE).toMatchObject({ from: "2000-02-01", simple: [-0.5, -0.5], totalReturn: -0.75 });
  });

  it("has no returns for a symbol with one price", () => {
    expect(returnsOf({ months: ["2000-01-01"], prices: { A: [1] } })).toEqual({});
  });

  it("annualises the sample deviation of log returns", () => {
    // ln 2 × (1, −1, 1): mean ⅓, squares 4/9 + 16/9 + 4/9 = 24/9, ÷ 2 = 4/3; √(4/3) × ln 2 = 0.800377.
    expect(volatilityOf(TABLE)["UP"]).toEqual({ monthly: near(0.8003774226), annual: near(2.7725887222) });
    expect(volatilityOf(TABLE)["FLAT"]).toEqual({ monthly: 0, annual: 0 });
    expect(standardDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(2.13809, 5);
    expect(standardDeviation([3])).toBe(0);
  });

  it("finds the deepest fall and when it was made good", () => {
    expect(drawdownOf(TABLE)).toEqual({
      UP: { maxDrawdown: 0.5, peak: "2000-02-01", trough: "2000-03-01", recovered: "2000-04-01" },
      FLAT: { maxDrawdown: 0, peak: "2000-01-01", trough: "2000-01-01", recovered: "2000-01-01" },
      LATE: { maxDrawdown: 0.75, peak: "2000-02-01", trough: "2000-04-01", recovered: null },
    });
  });

  it.each([
    { xs: [1, 2, 3], ys: [2, 4, 6], r: 1 },
    { xs: [1, 2, 3], ys: [3, 2, 1], r: -1 },
    { xs: [1, 2, 3], ys: [5, 5, 5], r: 0 },
    { xs: [1, 2, 3, 4], ys: [2, 1, 4, 3], r: 0.6 },
    { xs: [], ys: [], r: 0 },
  ])("correlates $xs with $ys at $r", ({ xs, ys, r }) => {
    expect(pearson(xs, ys)).toBeCloseTo(r, 12);
  });

  it("correlates each pair over its common months", () => {
    const { symbols, matrix, observations } = correlationOf(TABLE);
    expect(symbols).toEqual(["UP", "FLAT", "LATE"]);
    expect(observations).toEqual([
      [3, 3, 2],
      [3, 3, 2],
      [2, 2, 2],
    ]);
    expect(matrix[0]).toEqual([near(1), 0, 0]);
  });
});

describe("the report", () => {
  const analyses = {
    returns: returnsOf(TABLE),
    volatility: volatilityOf(TABLE),
    drawdown: drawdownOf(TABLE),
    correlation: {
      symbols: ["UP", "FLAT", "LATE"],
      matrix: [
        [1, 0.2, -0.5],
        [0.2, 1, 0.9],
        [-0.5, 0.9, 1],
      ],
      observations: [
        [3, 3, 2],
        [3, 3, 2],
        [2, 2, 2],
      ],
    },
  };
  const figures = figuresOf(analyses);
  const pairs = correlationPairs(analyses.correlation);

  it("draws the figures together", () => {
    expect(figures["UP"]).toMatchObject({
      totalReturn: 1,
      maxDrawdown: 0.5,
      bestMonth: { month: "2000-02-01", return: 1 },
      worstMonth: { month: "2000-03-01", return: -0.5 },
      // Mean log return ln 2 ÷ 3 × 12 = 2.772589, as large as the volatility.
      sharpe: near(1),
    });
    expect(figures["FLAT"]).toMatchObject({ sharpe: 0, cagr: 0 });
  });

  it("ranks every pair once", () => {
    expect(pairs).toEqual([
      { pair: ["FLAT", "LATE"], coefficient: 0.9, months: 2 },
      { pair: ["UP", "FLAT"], coefficient: 0.2, months: 3 },
      { pair: ["UP", "LATE"], coefficient: -0.5, months: 2 },
    ]);
  });

  it("says in words what the figures say", () => {
    expect(narrativeOf(figures, pairs)).toBe(
      "UP grew fastest, 1500.0 % a year from 2000-01-01 to 2000-04-01. " +
        "LATE fell deepest, 75.0 % between 2000-02-01 and 2000-04-01. " +
        "UP paid best for its risk (1.00); FLAT and LATE moved most alike (0.90).",
    );
    expect(markdownOf(figures, pairs)).toContain(
      "| UP | 100.0 % | 1500.0 % | 277.3 % | 1.00 | 50.0 % | 100.0 % (2000-02) | -50.0 % (2000-03) |",
    );
  });
});
