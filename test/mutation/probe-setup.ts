/** Runs beside each test file of a measuring run: notes which probes its tests pass. */
import { afterAll, beforeAll } from "vitest";

declare global {
  // A probe is `__hits?.add(7)`: the code under test knows nothing else of us.
  // oxlint-disable-next-line no-var
  var __hits: Set<number> | undefined;
}

declare module "vitest" {
  interface TaskMeta {
    hits?: readonly number[];
    loadHits?: readonly number[];
  }
}

globalThis.__hits ??= new Set();

// The runner insists on a pattern for the first argument.
// oxlint-disable-next-line no-empty-pattern
beforeAll(({}, { file }) => {
  file.meta.loadHits = [...(globalThis.__hits ?? [])];
  globalThis.__hits?.clear();
});

// oxlint-disable-next-line no-empty-pattern
afterAll(({}, { file }) => {
  file.meta.hits = [...(globalThis.__hits ?? [])];
  globalThis.__hits?.clear();
});
