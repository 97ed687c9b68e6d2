import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Edges, neighbours, reachable } from "../../../../functions/serve-dashboard/page/graph/edges.ts";
import { layOut } from "../../../../functions/serve-dashboard/page/graph/layout.ts";

const edgesOf = (count: number, pairs: readonly (readonly [number, number])[]): Edges => ({
  count,
  from: Int32Array.from(pairs, ([from]) => from),
  to: Int32Array.from(pairs, ([, to]) => to),
});

/** Graphs without circles: edges lead from lower to higher numbers. */
const graphs = fc
  .integer({ min: 2, max: 40 })
  .chain((count) =>
    fc.tuple(
      fc.constant(count),
      fc.uniqueArray(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)).filter(([a, b]) => a < b), {
        selector: ([a, b]) => `${a} ${b}`,
        maxLength: 120,
      }),
    ),
  )
  .map(([count, pairs]) => edgesOf(count, pairs));

describe("layOut", () => {
  it("draws a diamond in three columns, and leaves out what a longer path says", () => {
    const place = layOut(edgesOf(4, [[0, 1], [0, 2], [1, 3], [2, 3], [0, 3]]));
    expect([...place.layer]).toEqual([0, 1, 1, 2]);
    expect([...place.isDrawn]).toEqual([1, 1, 1, 1, 0]);
    expect(place.columns).toEqual([[0], [1, 2], [3]]);
    expect([...place.row]).toEqual([0, -0.5, 0.5, 0]);
  });

  it("puts a source right before what needs it first", () => {
    const place = layOut(edgesOf(4, [[0, 1], [1, 2], [3, 2]]));
    expect([...place.layer]).toEqual([0, 1, 2, 1]);
  });

  it("leads a long edge around the tasks between its ends", () => {
    const place = layOut(edgesOf(5, [[0, 1], [1, 2], [2, 3], [4, 1], [4, 3], [0, 4]]));
    // 4 is needed by 1 already, so the edge to 3 follows from the path over 1 and 2.
    expect(place.isDrawn[4]).toBe(0);
    const bent = layOut(edgesOf(5, [[0, 1], [1, 2], [0, 3], [3, 4], [2, 4], [0, 2]]));
    expect(bent.bends.size).toBe(1);
  });

  it("draws nothing for no tasks", () => {
    expect(layOut(edgesOf(0, []))).toMatchObject({ layers: 0, columns: [] });
  });

  it("has every edge lead to a later column, and every task once in its own", () => {
    fc.assert(
      fc.property(graphs, (edges) => {
        const { layer, columns, layers } = layOut(edges);
        edges.from.forEach((from, edge) => expect(layer[from]).toBeLessThan(layer[edges.to[edge] ?? 0] ?? -1));
        expect(columns.flat().sort((a, b) => a - b)).toEqual([...Array(edges.count).keys()]);
        columns.forEach((column, index) => column.forEach((node) => expect(layer[node]).toBe(index)));
        expect(layers).toBe(columns.length);
      }),
    );
  });

  it("lays no two tasks of a column over each other", () => {
    fc.assert(
      fc.property(graphs, (edges) => {
        const { columns, row } = layOut(edges);
        for (const column of columns) {
          const gaps = column.slice(1).map((node, index) => (row[node] ?? 0) - (row[column[index] ?? 0] ?? 0));
          for (const gap of gaps) expect(gap).toBeGreaterThan(1 - 1e-9);
        }
      }),
    );
  });

  it("leaves out no edge without which something would not be reached", () => {
    fc.assert(
      fc.property(graphs, (edges) => {
        const { isDrawn } = layOut(edges);
        const drawn = [...isDrawn.keys()].filter((edge) => isDrawn[edge] === 1);
        const kept = edgesOf(edges.count, drawn.map((edge) => [edges.from[edge] ?? 0, edges.to[edge] ?? 0]));
        for (let node = 0; node < edges.count; node++) {
          expect(reachable(neighbours(kept), node)).toEqual(reachable(neighbours(edges), node));
        }
      }),
      { numRuns: 40 },
    );
  });

  it("draws equal graphs alike", () => {
    fc.assert(
      fc.property(graphs, (edges) => {
        expect(layOut(edges)).toEqual(layOut(edges));
      }),
      { numRuns: 20 },
    );
  });
});
