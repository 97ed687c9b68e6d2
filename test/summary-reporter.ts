import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";
import * as z from "zod";

const Totals = z.object({ passed: z.int(), failed: z.int() });

/**
 * Closes a run with one line that any machine can read: `N passed, N failed`. Where TEST_TOTALS names a file, several
 * runs add up in it, and the line of the last one is that of all.
 */
class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const totals = earlierTotals();
    for (const module of modules) {
      totals.failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") totals.passed += 1;
        if (state === "failed") totals.failed += 1;
      }
    }
    const file = process.env["TEST_TOTALS"];
    if (file !== undefined) writeFileSync(file, JSON.stringify(totals));
    // After the other reporters' own summary.
    process.on("exit", () => console.log(`${totals.passed} passed, ${totals.failed} failed`));
  }
}

function earlierTotals(): z.output<typeof Totals> {
  const file = process.env["TEST_TOTALS"];
  if (file === undefined || !existsSync(file)) return { passed: 0, failed: 0 };
  return Totals.parse(JSON.parse(readFileSync(file, "utf8")));
}

// Vitest loads a reporter file by its default export.
export default SummaryReporter;
