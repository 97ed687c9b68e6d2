/** What expressions cost. Run: `node test/bench/expression.bench.ts`. */
import { compileExpression, evaluateCondition, ExpressionError, expressionOf } from "../../shared/expression/expression.ts";

const TEXT = "outputs.find.count > 10 && has(outputs.find.name) && outputs.find.name == 'a'";
const scope = {
  outputs: { find: { count: 11, name: "a" } },
  input: Array.from({ length: 10_000 }, (_, index) => index),
};
const VARIABLES = ["input", "outputs"];
const RUNS = 5;

const median = (samples: readonly number[]): number => samples.toSorted((a, b) => a - b)[samples.length >> 1] ?? 0;

function milliseconds(work: () => void): number {
  const samples = Array.from({ length: RUNS }, () => {
    const before = performance.now();
    work();
    return performance.now() - before;
  });
  return median(samples);
}

/** Calls per second. */
function rate(times: number, work: () => void): string {
  const spent = milliseconds(() => {
    for (let call = 0; call < times; call++) work();
  });
  return `${Math.round(times / spent)} k/s`;
}

/** Time until the bound on steps ends an evaluation. */
function untilBound(text: string): string {
  const expression = expressionOf(text, VARIABLES);
  const spent = milliseconds(() => {
    try {
      expression.evaluate(scope);
    } catch (error) {
      if (error instanceof ExpressionError) return;
      throw error;
    }
    throw new Error(`${text} was meant to end early`);
  });
  return `${spent.toFixed(1)} ms`;
}

const condition = expressionOf(TEXT, VARIABLES);
const filter = expressionOf("input.filter(i, i > 10 && i % 7 == 0).map(i, {'id': i})", VARIABLES);
console.table({
  "compile a condition": rate(20_000, () => compileExpression(TEXT, VARIABLES)),
  "look it up": rate(200_000, () => expressionOf(TEXT, VARIABLES)),
  "evaluate it": rate(500_000, () => evaluateCondition(condition, scope)),
  "filter and map 10 000 elements": `${milliseconds(() => filter.evaluate(scope)).toFixed(1)} ms`,
  "nested loops, ended": untilBound("input.map(i, input.map(j, i * j))"),
  "nested faults, ended": untilBound("input.exists(i, input.exists(j, j.x))"),
  "doubled text, ended": untilBound(`['x']${".map(x, x + x)".repeat(40)}`),
});
