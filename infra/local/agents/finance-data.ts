/** Price data on its way from a file to a table: pure functions. */
import * as z from "zod";

/** A line of the file, unjudged. */
export const RawRow = z.object({ symbol: z.string(), date: z.string(), price: z.string() });
export type RawRow = z.infer<typeof RawRow>;

/** Aligned prices: `prices[symbol][i]` is the price in `months[i]` (first of the month), null where there is none. */
export const PriceTable = z.object({
  months: z.array(z.iso.date()),
  prices: z.record(z.string(), z.array(z.number().positive().nullable())),
});
export type PriceTable = z.infer<typeof PriceTable>;

export interface SymbolCoverage {
  readonly symbol: string;
  readonly rows: number;
  readonly from: string;
  readonly to: string;
  /** Months without a price between the first and the last. */
  readonly gaps: readonly string[];
}

export interface ValidationReport {
  readonly valid: boolean;
  readonly rows: number;
  readonly columns: readonly string[];
  readonly symbols: readonly SymbolCoverage[];
  readonly problems: readonly string[];
}

const COLUMNS = ["symbol", "date", "price"];
const PROBLEMS_LISTED = 20;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Splits a plain CSV text (no quoted fields) into its header and one object per line. */
export function parseCsv(text: string): { readonly columns: string[]; readonly rows: Record<string, string>[] } {
  const [header = "", ...lines] = text.trim().split(/\r?\n/);
  const columns = header.split(",").map((name) => name.trim());
  const rows = lines.map((line) => {
    const fields = line.split(",");
    return Object.fromEntries(columns.map((name, index) => [name, (fields[index] ?? "").trim()]));
  });
  return { columns, rows };
}

/** Reads `Jan 1 2000` and `2000-01-01` as `2000-01-01`; `undefined` when it is neither or no such day exists. */
export function parseDate(text: string): string | undefined {
  const [, name = "", day = "", year = ""] = /^([A-Z][a-z]{2}) (\d{1,2}) (\d{4})$/.exec(text) ?? [];
  const month = MONTHS.indexOf(name) + 1;
  const iso = month > 0 ? `${year}-${String(month).padStart(2, "0")}-${day.padStart(2, "0")}` : text;
  return z.iso.date().safeParse(iso).data;
}

/** Judges rows as they came: columns, types, dates, one price a month, gaps. Lists the first twenty problems. */
export function validateRows(rows: readonly unknown[]): ValidationReport {
  const problems: string[] = [];
  const first = rows[0];
  const columns = typeof first === "object" && first !== null ? Object.keys(first) : [];
  const missing = COLUMNS.filter((name) => !columns.includes(name));
  if (rows.length === 0) problems.push("there are no rows");
  else if (missing.length > 0) problems.push(`columns are missing: ${missing.join(", ")}`);
  const seen = new Map<string, Set<string>>();
  rows.forEach((row, index) => {
    const flaw = takeRow(row, seen);
    if (flaw !== undefined && missing.length === 0) problems.push(`row ${index + 1}: ${flaw}`);
  });
  return {
    valid: problems.length === 0,
    rows: rows.length,
    columns,
    symbols: [...seen].map(([symbol, months]) => coverageOf(symbol, [...months].sort())),
    problems: problems.slice(0, PROBLEMS_LISTED),
  };
}

function takeRow(value: unknown, seen: Map<string, Set<string>>): string | undefined {
  const row = RawRow.safeParse(value);
  if (!row.success) return "a column is not text";
  const { symbol, date, price } = row.data;
  const iso = parseDate(date);
  if (symbol === "") return "the symbol is empty";
  if (iso === undefined) return `"${date}" is no date`;
  if (!(Number(price) > 0)) return `"${price}" is no price above zero`;
  const months = seen.get(symbol) ?? new Set();
  if (months.has(monthOf(iso))) return `${symbol} has a second price for ${iso.slice(0, 7)}`;
  seen.set(symbol, months.add(monthOf(iso)));
  return undefined;
}

function coverageOf(symbol: string, months: readonly string[]): SymbolCoverage {
  const from = months[0] ?? "";
  const to = months.at(-1) ?? "";
  const gaps = monthsBetween(from, to).filter((month) => !months.includes(month));
  return { symbol, rows: months.length, from, to, gaps };
}

/** Aligns rows into one table of months × symbols, both sorted. @throws {Error} a row is not valid. */
export function standardise(rows: readonly RawRow[]): PriceTable {
  const cells = rows.map(({ symbol, date, price }) => {
    const iso = parseDate(date);
    const value = Number(price);
    if (iso === undefined || !(value > 0)) throw new Error(`${symbol} ${date} ${price} is no price`);
    return { symbol, month: monthOf(iso), value };
  });
  const ordered = cells.map(({ month }) => month).sort();
  const months = monthsBetween(ordered[0] ?? "", ordered.at(-1) ?? "");
  const position = new Map(months.map((month, index) => [month, index]));
  const symbols = [...new Set(cells.map(({ symbol }) => symbol))].sort();
  const prices = Object.fromEntries(symbols.map((symbol) => [symbol, months.map((): number | null => null)]));
  for (const { symbol, month, value } of cells) prices[symbol]?.splice(position.get(month) ?? 0, 1, value);
  return { months, prices };
}

function monthOf(isoDate: string): string {
  return `${isoDate.slice(0, 7)}-01`;
}

/** Every first of the month from one to the other, both included. */
export function monthsBetween(from: string, to: string): string[] {
  const months: string[] = [];
  if (from === "") return months;
  let [year = 0, month = 1] = from.split("-").map(Number);
  for (let next = from; next <= to; next = `${year}-${String(month).padStart(2, "0")}-01`) {
    months.push(next);
    month = (month % 12) + 1;
    if (month === 1) year += 1;
  }
  return months;
}
