import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { StartedCloud } from "./support/started-cloud.ts";
import { expectCorrelation, expectFigures, readPrices } from "./support/stock-figures.ts";

const Figures = z.object({
  totalReturn: z.number(),
  cagr: z.number(),
  annualVolatility: z.number(),
  maxDrawdown: z.number(),
  bestMonth: z.object({ return: z.number() }),
  worstMonth: z.object({ return: z.number() }),
});
const Report = z.object({
  figures: z.record(z.string(), Figures),
  correlations: z.array(z.object({ pair: z.tuple([z.string(), z.string()]), coefficient: z.number() })),
});

const cloud = new StartedCloud();
let outputs = "";

beforeAll(async () => {
  cloud.start("--exit", "--latency-ms", "30");
  const code = await cloud.ended();
  expect(code, cloud.output).toBe(0);
  const [execution = ""] = readdirSync(path.join(cloud.stateDir, "outputs"));
  outputs = path.join(cloud.stateDir, "outputs", execution);
});

afterAll(() => cloud.dispose());

describe("npm start -- --exit", () => {
  it("reports figures that follow from the raw table", () => {
    const report = Report.parse(JSON.parse(readFileSync(path.join(outputs, "report.json"), "utf8")));
    const prices = readPrices();
    expect(Object.keys(report.figures).sort()).toEqual(["AAPL", "AMZN", "GOOG", "IBM", "MSFT"]);
    for (const [symbol, series] of prices) {
      const expected = expectFigures(series);
      const figures = report.figures[symbol];
      expect(figures?.totalReturn, symbol).toBeCloseTo(expected.totalReturn, 9);
      expect(figures?.cagr, symbol).toBeCloseTo(expected.cagr, 9);
      expect(figures?.annualVolatility, symbol).toBeCloseTo(expected.annualVolatility, 9);
      expect(figures?.maxDrawdown, symbol).toBeCloseTo(expected.maxDrawdown, 9);
      expect(figures?.bestMonth.return, symbol).toBeCloseTo(expected.best, 9);
      expect(figures?.worstMonth.return, symbol).toBeCloseTo(expected.worst, 9);
    }
  });

  it("reports correlations that follow from the raw table", () => {
    const report = Report.parse(JSON.parse(readFileSync(path.join(outputs, "report.json"), "utf8")));
    const prices = readPrices();
    expect(report.correlations).toHaveLength(10);
    expect(readFileSync(path.join(outputs, "report.md"), "utf8")).toContain("| AAPL |");
    for (const { pair, coefficient } of report.correlations) {
      const [a, b] = pair.map((symbol) => prices.get(symbol) ?? []);
      expect(coefficient, pair.join()).toBeCloseTo(expectCorrelation(a ?? [], b ?? []), 9);
    }
  });

  it("draws the charts", () => {
    const charts = readdirSync(outputs).filter((file) => file.endsWith(".svg"));
    expect(charts.sort()).toEqual(expect.arrayContaining(["correlation.svg", "drawdown.svg", "growth.svg", "volatility.svg"]));
    for (const chart of charts) expect(readFileSync(path.join(outputs, chart), "utf8")).toMatch(/^<svg [\s\S]*<\/svg>/);
  });

  it("calls each agent once per task", () => {
    const skills = cloud.agentCalls().map(({ skill }) => skill);
    expect(skills.sort()).toEqual([
      "chart",
      "chart",
      "correlation",
      "data-ingestion",
      "drawdown",
      "format-validation",
      "report",
      "returns",
      "standardisation",
      "volatility",
    ]);
  });

  it("prints the figures and where everything is", () => {
    expect(cloud.output).toMatch(/AAPL/);
    expect(cloud.output).toContain(outputs);
  });
});
