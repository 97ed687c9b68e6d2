/** The report: figures, their tables and what they say in words. Pure functions. */
import * as z from "zod";

import { Correlation, Drawdown, mean, SymbolReturns } from "./finance.ts";

/** What the report is made of: the outputs of the analyses. */
export const Analyses = z.object({
  returns: z.record(z.string(), SymbolReturns),
  volatility: z.record(z.string(), z.object({ monthly: z.number(), annual: z.number() })),
  drawdown: z.record(z.string(), Drawdown),
  correlation: Correlation,
});
export type Analyses = z.infer<typeof Analyses>;

export interface MonthReturn {
  readonly month: string;
  readonly return: number;
}

export interface SymbolFigures {
  readonly from: string;
  readonly to: string;
  readonly months: number;
  readonly totalReturn: number;
  readonly cagr: number;
  readonly annualVolatility: number;
  /** Mean monthly log return × 12 ÷ annual volatility; no risk-free rate. */
  readonly sharpe: number;
  readonly maxDrawdown: number;
  readonly drawdownPeak: string;
  readonly drawdownTrough: string;
  readonly bestMonth: MonthReturn;
  readonly worstMonth: MonthReturn;
}

export interface CorrelationPair {
  readonly pair: readonly [string, string];
  readonly coefficient: number;
  readonly months: number;
}

/** Figures of every symbol that all four analyses know. */
export function figuresOf(analyses: Analyses): Record<string, SymbolFigures> {
  return Object.fromEntries(
    Object.entries(analyses.returns).flatMap(([symbol, returns]) => {
      const volatility = analyses.volatility[symbol];
      const drawdown = analyses.drawdown[symbol];
      if (volatility === undefined || drawdown === undefined) return [];
      const months = returns.months.map((month, index) => ({ month, return: returns.simple[index] ?? 0 }));
      const ranked = months.toSorted((a, b) => b.return - a.return);
      const none = { month: returns.from, return: 0 };
      const figures: SymbolFigures = {
        from: returns.from,
        to: returns.to,
        months: months.length,
        totalReturn: returns.totalReturn,
        cagr: returns.cagr,
        annualVolatility: volatility.annual,
        sharpe: volatility.annual === 0 ? 0 : (mean(returns.log) * 12) / volatility.annual,
        maxDrawdown: drawdown.maxDrawdown,
        drawdownPeak: drawdown.peak,
        drawdownTrough: drawdown.trough,
        bestMonth: ranked[0] ?? none,
        worstMonth: ranked.at(-1) ?? none,
      };
      return [[symbol, figures]];
    }),
  );
}

/** Every pair once, most alike first. */
export function correlationPairs({ symbols, matrix, observations }: Correlation): CorrelationPair[] {
  return symbols
    .flatMap((a, i) =>
      symbols.slice(i + 1).map((b, offset): CorrelationPair => {
        const j = i + 1 + offset;
        return { pair: [a, b], coefficient: matrix[i]?.[j] ?? 0, months: observations[i]?.[j] ?? 0 };
      }),
    )
    .sort((a, b) => b.coefficient - a.coefficient);
}

/** Three sentences that the figures support. */
export function narrativeOf(figures: Record<string, SymbolFigures>, pairs: readonly CorrelationPair[]): string {
  const entries = Object.entries(figures);
  const top = (by: (figures: SymbolFigures) => number): [string, SymbolFigures] | undefined =>
    entries.toSorted(([, a], [, b]) => by(b) - by(a))[0];
  const grown = top(({ cagr }) => cagr);
  const fallen = top(({ maxDrawdown }) => maxDrawdown);
  const efficient = top(({ sharpe }) => sharpe);
  const sentences: string[] = [];
  if (grown)
    sentences.push(
      `${grown[0]} grew fastest, ${percent(grown[1].cagr)} a year from ${grown[1].from} to ${grown[1].to}.`,
    );
  if (fallen) {
    const { maxDrawdown, drawdownPeak, drawdownTrough } = fallen[1];
    sentences.push(`${fallen[0]} fell deepest, ${percent(maxDrawdown)} between ${drawdownPeak} and ${drawdownTrough}.`);
  }
  const alike = pairs[0];
  if (efficient && alike) {
    const [sharpe, coefficient] = [efficient[1].sharpe.toFixed(2), alike.coefficient.toFixed(2)];
    const names = alike.pair.join(" and ");
    sentences.push(`${efficient[0]} paid best for its risk (${sharpe}); ${names} moved most alike (${coefficient}).`);
  }
  return sentences.join(" ");
}

/** The report as a page of markdown. */
export function markdownOf(figures: Record<string, SymbolFigures>, pairs: readonly CorrelationPair[]): string {
  const rows = Object.entries(figures).map(([symbol, of]) => figuresRow(symbol, of));
  return [
    "# Financial report",
    "",
    narrativeOf(figures, pairs),
    "",
    tableRow([
      "Symbol",
      "Total return",
      "CAGR",
      "Volatility p.a.",
      "Sharpe (rf = 0)",
      "Max drawdown",
      "Best month",
      "Worst month",
    ]),
    tableRow(["---", ...Array.from({ length: 7 }, () => "---:")]),
    ...rows,
    "",
    "## Correlation of monthly log returns",
    "",
    tableRow(["Pair", "Coefficient", "Months"]),
    tableRow(["---", "---:", "---:"]),
    ...pairs.map(({ pair, coefficient, months }) =>
      tableRow([pair.join(" – "), coefficient.toFixed(3), String(months)]),
    ),
    "",
  ].join("\n");
}

function figuresRow(symbol: string, of: SymbolFigures): string {
  return tableRow([
    symbol,
    percent(of.totalReturn),
    percent(of.cagr),
    percent(of.annualVolatility),
    of.sharpe.toFixed(2),
    percent(of.maxDrawdown),
    `${percent(of.bestMonth.return)} (${of.bestMonth.month.slice(0, 7)})`,
    `${percent(of.worstMonth.return)} (${of.worstMonth.month.slice(0, 7)})`,
  ]);
}

/** `12.3 %`. */
export function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(1)} %`;
}

function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
