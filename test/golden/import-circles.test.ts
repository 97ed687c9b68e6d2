import { alg, Graph } from "@dagrejs/graphlib";
import { describe, expect, it } from "vitest";
import { files, importsOf, targetOf } from "./source-files.ts";

/** Circles that are still there. A change that breaks one takes it from here and from `.oxlintrc.json`. */
const KNOWN = [
  [
    "shared/execution/dispatch/begin-task.ts",
    "shared/execution/dispatch/budget-limit.ts",
    "shared/execution/dispatch/expand-items.ts",
    "shared/execution/dispatch/gates.ts",
    "shared/execution/dispatch/hold-task.ts",
    "shared/execution/dispatch/scatter-task.ts",
    "shared/execution/dispatch/settle-now.ts",
    "shared/execution/dispatch/start-agent.ts",
    "shared/execution/dispatch/start-child.ts",
  ],
  ["shared/execution/runtime/attempt.ts", "shared/execution/runtime/runtime.ts"],
];

/** Groups of files of which each imports, over whatever detours, every other; types count. */
function circlesOf(importsByFile: ReadonlyMap<string, readonly string[]>): string[][] {
  const graph = new Graph();
  for (const [file, targets] of importsByFile) for (const target of targets) graph.setEdge(file, target);
  const circles = alg.findCycles(graph).map((circle) => circle.sort());
  return circles.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1));
}

describe("circles of imports", () => {
  it("are only those still known", () => {
    const imports = files.map((file) => [file, importsOf(file).map((name) => targetOf(file, name))] as const);
    expect(circlesOf(new Map(imports))).toEqual(KNOWN);
  });

  it("are found over detours, and apart from one another", () => {
    const imports = new Map([
      ["a.ts", ["b.ts"]],
      ["b.ts", ["c.ts", "x.ts"]],
      ["c.ts", ["a.ts"]],
      ["x.ts", ["y.ts", "zod"]],
      ["y.ts", ["x.ts"]],
      ["z.ts", ["a.ts"]],
    ]);
    expect(circlesOf(imports)).toEqual([["a.ts", "b.ts", "c.ts"], ["x.ts", "y.ts"]]);
  });
});
