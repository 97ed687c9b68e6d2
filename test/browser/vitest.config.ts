import { defineConfig } from "vitest/config";

/** Journeys in a real browser, against the embedded cloud; one cloud at a time leaves the machine to the browser. */
export default defineConfig({
  test: {
    name: "browser",
    root: new URL("../..", import.meta.url).pathname,
    include: ["test/browser/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 90_000 } },
  },
});
