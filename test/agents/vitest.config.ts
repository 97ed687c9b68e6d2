import { defineConfig } from "vitest/config";

/** All cases of a file side by side: each waits for its agent most of the time. */
export default defineConfig({
  test: {
    root: new URL("../..", import.meta.url).pathname,
    include: ["test/agents/**/*.test.ts"],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    maxConcurrency: 200,
    fileParallelism: false,
  },
});
