import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "deployed",
    root: new URL("../..", import.meta.url).pathname,
    include: ["test/deployed/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    fileParallelism: false,
  },
});
