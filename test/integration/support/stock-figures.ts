/** The report's figures again, from the raw table, by the textbook and without a line of the agents' code. */
import { readFileSync } from "node:fs";

export interface ExpectedFigures {
  readonly totalReturn: number;
  readonly cagr: number;
  readonly annualVolatility: number;
  readonly maxDrawdown: number;
  readonly best: number;
  readonly worst: number;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Prices of each symbol in the order of their months. */
export function readPrices(): Map<string, number[]> {
  const text = readFileSync(new URL("../data/stocks.csv", import.meta.resolve("vega-datasets")), "utf8");
  const dated = new Map<string, [number, number][]>();
  for (const line of text.trim().split("\n").slice(1)) {
    const [symbol = "", date = "", price = ""] = line.split(",");
    const [month = "", , year = ""] = date.split(" ");
    const rows = dated.get(symbol) ?? [];
    rows.push([Number(year) * 12 + MONTHS.indexOf(month), Number(price)]);
    dated.set(symbol, rows);
  }
  return new Map([...dated].map(([symbol, rows]) => [symbol, rows.sort(([a], [b]) => a - b).map(([, price]) => price)]));
}

export function expectFigures(prices: readonly number[]): ExpectedFigures {
  const first = prices[0] ?? Number.NaN;
  const last = prices.at(-1) ?? Number.NaN;
  const growth = prices.slice(1).map((price, index) => price / (prices[index] ?? Number.NaN));
  const logs = growth.map(Math.log);
  const average = logs.reduce((sum, value) => sum + value, 0) / logs.length;
  const squares = logs.reduce((sum, value) => sum + (value - average) ** 2, 0);
  let peak = 0;
  let deepest = 0;
  for (const price of prices) {
    peak = Math.max(peak, price);
    deepest = Math.max(deepest, 1 - price / peak);
  }
  return {
    totalReturn: last / first - 1,
    cagr: (last / first) ** (12 / growth.length) - 1,
    annualVolatility: Math.sqrt((squares / (logs.length - 1)) * 12),
    maxDrawdown: deepest,
    best: Math.max(...growth) - 1,
    worst: Math.min(...growth) - 1,
  };
}

/** Pearson's coefficient of the monthly log returns of the months that both have, counted from the end. */
export function expectCorrelation(a: readonly number[], b: readonly number[]): number {
  const logs = (prices: readonly number[]) => prices.slice(1).map((price, index) => Math.log(price / (prices[index] ?? 1)));
  const months = Math.min(a.length, b.length) - 1;
  const [xs, ys] = [logs(a).slice(-months), logs(b).slice(-months)];
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(xs), mean(ys)];
  const sum = (f: (x: number, y: number) => number) => xs.reduce((total, x, index) => total + f(x, ys[index] ?? 0), 0);
  const covariance = sum((x, y) => (x - mx) * (y - my));
  return covariance / Math.sqrt(sum((x) => (x - mx) ** 2) * sum((_, y) => (y - my) ** 2));
}
