/** Returns and risk of monthly prices: pure functions, formulas as in any textbook, stated where conventions differ. */
import * as z from "zod";

import type { PriceTable } from "./finance-data.ts";

const MONTHS_PER_YEAR = 12;

/** Returns of one symbol over its own range; element i of each list belongs to `months[i]`. */
export const SymbolReturns = z.object({
  /** Month of the first price. */
  from: z.string(),
  to: z.string(),
  months: z.array(z.string()),
  /** p(t) ÷ p(t−1) − 1. */
  simple: z.array(z.number()),
  /** ln(p(t) ÷ p(t−1)). */
  log: z.array(z.number()),
  /** p(t) ÷ p(0) − 1. */
  cumulative: z.array(z.number()),
  totalReturn: z.number(),
  /** (p(n) ÷ p(0)) ^ (12 ÷ n) − 1 over n months. */
  cagr: z.number(),
});
export type SymbolReturns = z.infer<typeof SymbolReturns>;

export const Drawdown = z.object({
  /** Deepest fall from a peak, as a positive fraction. */
  maxDrawdown: z.number(),
  peak: z.string(),
  trough: z.string(),
  /** First month at or above the peak again; null when it never came back. */
  recovered: z.string().nullable(),
});
export type Drawdown = z.infer<typeof Drawdown>;

export const Correlation = z.object({
  symbols: z.array(z.string()),
  /** Pearson coefficients of monthly log returns, `matrix[i][j]`. */
  matrix: z.array(z.array(z.number())),
  /** Months that both symbols of a pair have. */
  observations: z.array(z.array(z.number())),
});
export type Correlation = z.infer<typeof Correlation>;

interface Point {
  readonly month: string;
  readonly price: number;
}

function pointsOf(table: PriceTable, symbol: string): Point[] {
  const prices = table.prices[symbol] ?? [];
  return table.months.flatMap((month, index) => {
    const price = prices[index];
    return price === undefined || price === null ? [] : [{ month, price }];
  });
}

/** Returns of every symbol. A symbol needs two prices; a gap counts as one longer step. */
export function returnsOf(table: PriceTable): Record<string, SymbolReturns> {
  return mapSymbols(table, (points) => {
    const [first, ...later] = points;
    const last = later.at(-1);
    if (first === undefined || last === undefined) return undefined;
    const ratios = later.map(({ price }, index) => price / (points[index]?.price ?? price));
    const span = monthsApart(first.month, last.month);
    return {
      from: first.month,
      to: last.month,
      months: later.map(({ month }) => month),
      simple: ratios.map((ratio) => ratio - 1),
      log: ratios.map((ratio) => Math.log(ratio)),
      cumulative: later.map(({ price }) => price / first.price - 1),
      totalReturn: last.price / first.price - 1,
      cagr: (last.price / first.price) ** (MONTHS_PER_YEAR / span) - 1,
    };
  });
}

/** Annualised volatility of every symbol: sample standard deviation of monthly log returns × √12. */
export function volatilityOf(table: PriceTable): Record<string, { monthly: number; annual: number }> {
  return Object.fromEntries(
    Object.entries(returnsOf(table)).map(([symbol, { log }]) => {
      const monthly = standardDeviation(log);
      return [symbol, { monthly, annual: monthly * Math.sqrt(MONTHS_PER_YEAR) }];
    }),
  );
}

/** The deepest fall of every symbol. */
export function drawdownOf(table: PriceTable): Record<string, Drawdown> {
  return mapSymbols(table, (points) => {
    const [first] = points;
    if (first === undefined) return undefined;
    let peak = first;
    let worst = { fall: 0, peak: first, trough: first };
    for (const point of points) {
      if (point.price > peak.price) peak = point;
      const fall = 1 - point.price / peak.price;
      if (fall > worst.fall) worst = { fall, peak, trough: point };
    }
    const back = points.find(({ month, price }) => month > worst.trough.month && price >= worst.peak.price);
    return {
      maxDrawdown: worst.fall,
      peak: worst.peak.month,
      trough: worst.trough.month,
      recovered: worst.fall === 0 ? worst.trough.month : (back?.month ?? null),
    };
  });
}

/** Pearson correlation of monthly log returns, each pair over the months both have. */
export function correlationOf(table: PriceTable): Correlation {
  const returns = returnsOf(table);
  const symbols = Object.keys(returns);
  const pairs = symbols.map((a) => symbols.map((b) => commonReturns(returns[a], returns[b])));
  return {
    symbols,
    matrix: pairs.map((row) => row.map(({ xs, ys }) => pearson(xs, ys))),
    observations: pairs.map((row) => row.map(({ xs }) => xs.length)),
  };
}

function commonReturns(a?: SymbolReturns, b?: SymbolReturns): { xs: number[]; ys: number[] } {
  const ofB = new Map(b?.months.map((month, index) => [month, b.log[index] ?? 0]));
  const common = (a?.months ?? []).flatMap((month, index) => {
    const y = ofB.get(month);
    return y === undefined ? [] : [{ x: a?.log[index] ?? 0, y }];
  });
  return { xs: common.map(({ x }) => x), ys: common.map(({ y }) => y) };
}

/** Pearson's coefficient; 0 when either side does not vary. */
export function pearson(xs: readonly number[], ys: readonly number[]): number {
  const meanX = mean(xs);
  const meanY = mean(ys);
  let covariance = 0;
  let varianceX = 0;
  let varianceY = 0;
  xs.forEach((x, index) => {
    const dx = x - meanX;
    const dy = (ys[index] ?? meanY) - meanY;
    covariance += dx * dy;
    varianceX += dx * dx;
    varianceY += dy * dy;
  });
  const scale = Math.sqrt(varianceX) * Math.sqrt(varianceY);
  return scale === 0 ? 0 : Math.min(1, Math.max(-1, covariance / scale));
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample standard deviation (n − 1); 0 for fewer than two values. */
export function standardDeviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

function mapSymbols<Result>(
  table: PriceTable,
  of: (points: readonly Point[]) => Result | undefined,
): Record<string, Result> {
  return Object.fromEntries(
    Object.keys(table.prices).flatMap((symbol) => {
      const result = of(pointsOf(table, symbol));
      return result === undefined ? [] : [[symbol, result]];
    }),
  );
}

function monthsApart(from: string, to: string): number {
  const [fromYear = 0, fromMonth = 0] = from.split("-").map(Number);
  const [toYear = 0, toMonth = 0] = to.split("-").map(Number);
  return (toYear - fromYear) * MONTHS_PER_YEAR + toMonth - fromMonth;
}
