import * as z from "zod";
import type { Paint } from "../../cli/view/paint.ts";
import { tableLines } from "../../cli/view/table.ts";

const Month = z.object({ month: z.string(), return: z.number() });

/** What the report agent finds per symbol; returns, rates and drawdowns as fractions. */
export const Figures = z.record(
  z.string(),
  z.object({
    from: z.string(),
    to: z.string(),
    totalReturn: z.number(),
    cagr: z.number(),
    annualVolatility: z.number(),
    sharpe: z.number(),
    maxDrawdown: z.number(),
    bestMonth: Month,
    worstMonth: Month,
  }),
);
export type Figures = z.output<typeof Figures>;

const COLUMNS = [
  { title: "Symbol" },
  ...["Total return", "CAGR", "Volatility", "Sharpe", "Max drawdown", "Best month", "Worst month"].map((title) => ({
    title,
    align: "right" as const,
  })),
];

/** The figures as a table, one line per symbol. */
export function figureLines(figures: Figures, paint: Paint): string[] {
  const rows = Object.entries(figures).map(([symbol, of]) => [
    symbol,
    percent(of.totalReturn),
    percent(of.cagr),
    percent(of.annualVolatility),
    of.sharpe.toFixed(2),
    percent(of.maxDrawdown),
    ofMonth(of.bestMonth),
    ofMonth(of.worstMonth),
  ]);
  return tableLines(COLUMNS, rows, paint);
}

/** `12.3 %`. */
const percent = (fraction: number): string => `${(fraction * 100).toFixed(1)} %`;
const ofMonth = ({ month, return: value }: z.output<typeof Month>): string =>
  `${percent(value)} (${month.slice(0, 7)})`;
