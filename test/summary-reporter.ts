import type { Reporter, TestModule } from "vitest/node";

/** Closes a run with one line that any machine can read: `N passed, N failed`. */
class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    let passed = 0;
    let failed = 0;
    for (const module of modules) {
      failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") passed += 1;
        if (state === "failed") failed += 1;
      }
    }
    // After the other reporters' own summary.
    process.on("exit", () => console.log(`${passed} passed, ${failed} failed`));
  }
}

// Vitest loads a reporter file by its default export.
export default SummaryReporter;
