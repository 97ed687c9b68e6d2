import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./longest-first.ts";

const root = new URL("..", import.meta.url).pathname;
const lambdaEnv = {
  AWS_REGION: "eu-central-1",
  AWS_ACCESS_KEY_ID: "local",
  AWS_SECRET_ACCESS_KEY: "local",
  POWERTOOLS_LOG_LEVEL: "SILENT",
};

/** How long a machine that does other things may take over what takes milliseconds. */
const patience = { testTimeout: 30_000, hookTimeout: 30_000, expect: { poll: { timeout: 30_000 } } };

/** One module graph per worker: 1 500 tests in half the time; what a test changes globally it puts back. */
const inMemory = { root, env: lambdaEnv, isolate: false, ...patience };
export const unitTests = { ...inMemory, include: ["test/unit/**/*.test.ts"] };
export const laws = { ...inMemory, include: ["test/laws/**/*.test.ts"] };

export default defineConfig({
  test: {
    root,
    // The runner itself has little to do, and integration tests wait for half of their time.
    maxWorkers: availableParallelism() + 2,
    sequence: { sequencer: LongestFirst },
    // `npm run test:coverage`: unit tests, laws and the stores' own. Later subjects join; the figures may rise and not fall.
    coverage: {
      provider: "v8",
      include: ["shared/{workflow,execution,agents,expression}/**/*.ts"],
      reporter: ["text-summary"],
      reportsDirectory: join(tmpdir(), `a2a-coverage-${process.pid}`),
      thresholds: { lines: 95, branches: 95 },
    },
    projects: [
      { test: { name: "unit", ...unitTests } },
      { test: { name: "laws", ...laws } },
      { test: { name: "golden", root, include: ["test/golden/**/*.test.ts"], env: { CDK_VALIDATION: "false" }, testTimeout: 120_000, hookTimeout: 120_000 } },
      { test: { name: "contract", root, include: ["test/contract/**/*.test.ts"], env: lambdaEnv, testTimeout: 120_000, hookTimeout: 120_000 } },
      {
        test: {
          name: "integration",
          root,
          include: ["test/integration/**/*.test.ts"],
          globalSetup: "test/integration/support/shared-assembly.ts",
          testTimeout: 300_000,
          hookTimeout: 300_000,
          expect: { poll: { timeout: 60_000 } },
        },
      },
    ],
  },
});
