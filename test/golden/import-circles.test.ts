import { alg, Graph } from "@dagrejs/graphlib";
import { describe, expect, it } from "vitest";
import { files, importsOf, targetOf } from "./source-files.ts";

/** Groups of files of which each imports, over whatever detours, every other; types count. */
function circlesOf(importsByFile: ReadonlyMap<string, readonly string[]>): string[][] {
  const graph = new Graph();
  for (const [file, targets] of importsByFile) for (const target of targets) graph.setEdge(file, target);
  const circles = alg.findCycles(graph).map((circle) => circle.sort());
  return circles.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1));
}

describe("circles of imports", () => {
  it("there are none, types included", () => {
    const imports = files.map((file) => [file, importsOf(file).map((name) => targetOf(file, name))] as const);
    expect(circlesOf(new Map(imports))).toEqual([]);
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
