import * as z from "zod";

/**
 * What agents report that work used: `usage` in the metadata of their tasks, messages and artifacts. A2A has no field
 * of its own for it.
 *
 * 1. What was not reported is absent, never 0: sums have the figures that agents named.
 * 2. Figures are read one by one. What is no number, negative, not finite or beyond `MOST` is left out as if it had not
 *    been said, and so are other names; counts must be whole. No attempt fails because of them.
 * 3. Figures are kept to nine digits behind the point, so sums of prices are what a person would write.
 */

/** The most that a figure comes to, which is also where sums stop: every whole number up to here is exact. */
const MOST = Number.MAX_SAFE_INTEGER;

const Fraction = z.number().min(0).max(MOST);
const Count = z.int().min(0).max(MOST);

const FIGURES = {
  /** In the currency of the estimates. */
  cost: Fraction,
  tokens: Count,
  records: Count,
  cpu_seconds: Fraction,
  memory_bytes: Count,
  network_bytes: Count,
  storage_bytes: Count,
} as const;

type Figure = keyof typeof FIGURES;

/** The figures that are kept, in the order in which they are shown. */
export const USAGE_FIGURES = Object.keys(FIGURES).filter((name): name is Figure => name in FIGURES);

/**
 * What work used, as far as it was reported.
 *
 * @example
 * ```ts
 * const usage: Usage = { cost: 0.25, tokens: 1200, cpu_seconds: 1.5 };
 * ```
 */
export const Usage = z.object(FIGURES).partial().meta({ id: "Usage" });
export type Usage = z.infer<typeof Usage>;

/** Adding 0 makes 0 of -0, which JSON does not tell apart. */
const rounded = (value: number): number => Number(Math.min(value, MOST).toFixed(9)) + 0;

/** Usage made of figures; nothing where there are none. */
function usageOf(valueOf: (figure: Figure) => number | undefined): Usage | undefined {
  const known = USAGE_FIGURES.flatMap((figure) => {
    const value = valueOf(figure);
    return value === undefined ? [] : [[figure, rounded(value)] as const];
  });
  return known.length === 0 ? undefined : Object.fromEntries(known);
}

const Reported = z.looseObject({});

/** Reads what an agent calls usage; nothing when none of it can be kept. `total_tokens` is another name of tokens. */
export function readUsage(raw: unknown): Usage | undefined {
  const said = Reported.safeParse(raw).data;
  if (said === undefined) return undefined;
  const read = (figure: Figure, value: unknown): number | undefined => FIGURES[figure].safeParse(value).data;
  return usageOf(
    (figure) => read(figure, said[figure]) ?? (figure === "tokens" ? read(figure, said["total_tokens"]) : undefined),
  );
}

/** The sum, figure by figure; nothing when none has any. */
export function sumUsage(parts: Iterable<Usage | undefined>): Usage | undefined {
  const known = [...parts].filter((part) => part !== undefined);
  return usageOf((figure) => {
    const values = known.flatMap((part) => part[figure] ?? []);
    return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
  });
}

/** What is left of a sum without one of its parts. */
export const withoutUsage = (sum: Usage | undefined, part: Usage | undefined): Usage | undefined =>
  usageOf((figure) => {
    const value = sum?.[figure];
    return value === undefined ? undefined : Math.max(0, value - (part?.[figure] ?? 0));
  });

/** Figures of the first that names them. */
export const firstUsage = (...sources: readonly (Usage | undefined)[]): Usage | undefined =>
  usageOf((figure) => sources.find((source) => source?.[figure] !== undefined)?.[figure]);
