import * as fc from "fast-check";

/** Inputs of each node, all of them smaller; density from forests to nearly complete. */
export function acyclicGraphs(maxSize: number): fc.Arbitrary<number[][]> {
  return fc.integer({ min: 1, max: maxSize }).chain((size) =>
    fc.tuple(fc.integer({ min: 0, max: 6 }), fc.infiniteStream(fc.nat())).map(([degree, draws]) => {
      const draw = (): number => Number(draws.next().value);
      return Array.from({ length: size }, (_, node) => {
        const wanted = node === 0 ? 0 : draw() % (degree + 1);
        return [...new Set(Array.from({ length: wanted }, () => draw() % node))].sort((a, b) => a - b);
      });
    }),
  );
}

/** Series-parallel orders, built the way they are defined. Every edge of the order is stated. */
export function seriesParallelOrders(maxSize: number): fc.Arbitrary<number[][]> {
  const { order } = fc.letrec<{ order: boolean[][] }>((tie) => ({
    order: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constant<boolean[][]>([[false]]),
      fc
        .tuple(fc.boolean(), tie("order"), tie("order"))
        .map(([series, first, second]) => compose(series, first, second)),
    ),
  }));
  return order
    .filter((before) => before.length <= maxSize)
    .map((before) => before.map((_, v) => before.flatMap((row, u) => (row[v] === true ? [u] : []))));
}

function compose(series: boolean, first: boolean[][], second: boolean[][]): boolean[][] {
  return [
    ...first.map((row) => [...row, ...second.map(() => series)]),
    ...second.map((row) => [...first.map(() => false), ...row]),
  ];
}

/** `closure[u][v]`: u comes before v. Straight from the definition, O(n³). */
export function closureOf(inputs: readonly (readonly number[])[]): boolean[][] {
  const before = inputs.map(() => inputs.map(() => false));
  const mark = (u: number, v: number): void => {
    const row = before[u];
    if (row !== undefined) row[v] = true;
  };
  for (const [v, row] of inputs.entries()) {
    for (const u of row) {
      mark(u, v);
      for (let w = 0; w < inputs.length; w++) if (before[w]?.[u] === true) mark(w, v);
    }
  }
  return before;
}

/**
 * Whether four nodes order each other like the letter N (a<c, b<c, b<d and nothing else): the mark of a graph that is
 * not series-parallel.
 */
export function containsN(before: readonly (readonly boolean[])[]): boolean {
  const nodes = [...before.keys()];
  const isBefore = (u: number, v: number): boolean => before[u]?.[v] === true;
  const areApart = (u: number, v: number): boolean => u !== v && !isBefore(u, v) && !isBefore(v, u);
  return nodes.some((b) =>
    nodes.some(
      (c) =>
        isBefore(b, c) &&
        nodes.some(
          (a) =>
            areApart(a, b) && isBefore(a, c) && nodes.some((d) => areApart(d, c) && isBefore(b, d) && areApart(a, d)),
        ),
    ),
  );
}
