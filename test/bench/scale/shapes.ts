/** A task of a bench; its agent is added when it is deployed. */
export interface BenchTask {
  readonly id: string;
  readonly depends_on: readonly string[];
  readonly [field: string]: unknown;
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/**
 * Ten tasks in four rows: one, four, four of which each needs two of the row before (N-shapes, where a barrier would
 * wait for all), one. `inputOf` gives the input of the task with a number.
 */
export function layers(inputOf: (index: number) => object = () => ({})): BenchTask[] {
  const tasks = [
    { id: "a", depends_on: [] },
    ...range(4).map((index) => ({ id: `b${index}`, depends_on: ["a"] })),
    ...range(4).map((index) => ({ id: `c${index}`, depends_on: [`b${index}`, `b${(index + 1) % 4}`] })),
    { id: "d", depends_on: range(4).map((index) => `c${index}`) },
  ];
  return tasks.map((task, index) => ({ ...task, input: inputOf(index) }));
}

/** `length` rows of `width` tasks; a task needs the one above it and that one's neighbour. */
export function lattice(length: number, width: number): BenchTask[] {
  return range(length).flatMap((row) =>
    range(width).map((column) => ({
      id: `t${row}-${column}`,
      depends_on: row === 0 ? [] : [...new Set([`t${row - 1}-${column}`, `t${row - 1}-${(column + 1) % width}`])],
    })),
  );
}
