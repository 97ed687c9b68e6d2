import { readFileSync } from "node:fs";
import * as z from "zod";
import { describe, expect, it } from "vitest";
import { compileExpression, ExpressionError } from "../../../shared/expression/expression.ts";

const Case = z.object({
  suite: z.string(),
  expr: z.string(),
  bindings: z.record(z.string(), z.unknown()).default({}),
  error: z.boolean().default(false),
  value: z.unknown().optional(),
});
type Case = z.infer<typeof Case>;
const { cases } = z
  .object({ cases: z.array(Case) })
  .parse(JSON.parse(readFileSync(new URL("../../fixtures/cel-conformance.json", import.meta.url), "utf8")));

/** Where we differ on purpose. */
const DEVIATIONS: readonly { readonly reason: string; readonly suite: string; readonly of: RegExp }[] = [
  { reason: "unknown names are found before anything runs", suite: "basic", of: /^(x|f_unknown\(17\)) \|\| true$/ },
  { reason: "unknown names are found before anything runs", suite: "parse/receiver_function_names", of: /^a\.\w+\(\)/ },
  { reason: "wrong types are found before anything runs", suite: "logic", of: /32|'horses'/ },
  { reason: "JSON has one type of number", suite: "fp_math", of: /^47\.5 % 5\.5$/ },
  { reason: "JSON has one type of number", suite: "math_ext", of: /^math\.(ceil|floor|round)\(dyn\(1\)\)$/ },
  { reason: "there is no second form", suite: "string_ext/index_of", of: /', \d\)/ },
  { reason: "there is no second form", suite: "string_ext/last_index_of", of: /', \d\)/ },
  { reason: "there is no second form", suite: "string_ext/replace", of: /'2', 1\)/ },
  { reason: "there is no second form", suite: "string_ext/split", of: /', -?\d\)/ },
  { reason: "space is what JavaScript trims", suite: "string_ext/trim", of: /u0085|u180e/ },
  { reason: "no regular expressions: their cost has no bound", suite: "string/matches", of: /\.matches\(/ },
];

/** As JSON says it: it has no negative zero. */
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function outcomeOf({ expr, bindings }: Case): { error: true } | { value: unknown } {
  const compiled = compileExpression(expr, Object.keys(bindings));
  if (!compiled.ok) return { error: true };
  try {
    return { value: asJson(compiled.expression.evaluate(bindings)) };
  } catch (error) {
    if (error instanceof ExpressionError) return { error: true };
    throw error;
  }
}

const deviationOf = ({ suite, expr }: Case) =>
  DEVIATIONS.find((each) => suite.startsWith(each.suite) && each.of.test(expr));

describe("expressions against the conformance tests of CEL", () => {
  it("are held against 775 cases, 55 of which differ on purpose", () => {
    expect(cases).toHaveLength(775);
    expect(cases.filter(deviationOf)).toHaveLength(55);
  });

  const suites = [...new Set(cases.map(({ suite }) => suite.split("/")[0] ?? ""))];
  it.each(suites)("agree on %s", (name) => {
    for (const each of cases.filter((one) => one.suite.startsWith(name) && deviationOf(one) === undefined)) {
      const wanted = each.error ? { error: true } : { value: each.value };
      expect({ expr: each.expr, ...outcomeOf(each) }).toEqual({ expr: each.expr, ...wanted });
    }
  });

  it("differ only where they say so", () => {
    const needless = cases.filter((each) => {
      const outcome = outcomeOf(each);
      const agrees = each.error
        ? "error" in outcome
        : "value" in outcome && JSON.stringify(outcome.value) === JSON.stringify(each.value);
      return deviationOf(each) !== undefined && agrees;
    });
    expect(needless).toEqual([]);
  });
});
