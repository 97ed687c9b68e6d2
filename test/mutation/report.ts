import type { Verdict } from "./laboratory.ts";
import type { Mutant } from "./mutants.ts";

/** What a run came to. */
export interface Findings {
  readonly verdicts: ReadonlyMap<Mutant, Verdict>;
  /** How many the compiler did not take. */
  readonly refused: number;
  /** Survivors with a reason, by id. */
  readonly listed: ReadonlyMap<string, { readonly reason: string }>;
  /** Ids on the list that no mutant bears any more. */
  readonly stale: readonly string[];
}

/** Prints score and survivors. `false`: one of them is not on the list. */
export function printReport({ verdicts, refused, listed, stale }: Findings): boolean {
  const of = (outcome: Verdict["outcome"]): readonly Mutant[] =>
    [...verdicts].flatMap(([mutant, verdict]) => (verdict.outcome === outcome ? [mutant] : [])).toSorted(byPlace);
  const [killed, hung, survived] = [of("killed").length, of("hung").length, of("survived")];
  const accepted = survived.filter(({ id }) => listed.has(id));
  const open = survived.filter(({ id }) => !listed.has(id));
  console.table([
    {
      mutants: refused + verdicts.size,
      "not compiling": refused,
      killed,
      "timed out": hung,
      "survived, listed": accepted.length,
      "survived, open": open.length,
      score: percent(killed + hung, verdicts.size),
      "score without listed": percent(killed + hung, verdicts.size - accepted.length),
    },
  ]);
  for (const { id, file, line, where, kind, change } of open) {
    console.log(`survived  ${id}  ${file}:${line}  ${where}\n          ${kind}: ${change}`);
  }
  for (const { id, file, line } of accepted) console.log(`listed    ${id}  ${file}:${line}  ${listed.get(id)?.reason ?? ""}`);
  for (const id of stale) console.log(`stale     ${id}  is in survivors.json, and no mutant bears it any more`);
  return open.length === 0;
}

const byPlace = (a: Mutant, b: Mutant): number => a.file.localeCompare(b.file) || a.line - b.line;

const percent = (part: number, whole: number): string => (whole === 0 ? "–" : `${((100 * part) / whole).toFixed(1)} %`);
