import { defineConfig } from "vitest/config";

/** Strangers' worst against the embedded cloud: bounded, seeded, and printed as tables. One cloud at a time. */
export default defineConfig({
  test: {
    name: "hostile",
    root: new URL("../..", import.meta.url).pathname,
    include: ["test/hostile/**/*.test.ts"],
    globalSetup: "test/integration/support/shared-assembly.ts",
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
