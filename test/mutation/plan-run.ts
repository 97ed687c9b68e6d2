import { ImportGraph } from "./import-graph.ts";
import type { Measured, Probe } from "./messages.ts";
import type { Mutant } from "./mutants.ts";

/** What a run may take beside its tests: to load modules takes one or two seconds. */
const LOADING_CPU_SECONDS = 10;
/** How many times what they take on the code as it is tests may use up before they are taken to hang. */
const PATIENCE = 5;

/** Which tests can notice which mutant. */
export class RunPlan {
  readonly #graph: ImportGraph;
  readonly #numbers = new Map<string, number>();
  readonly #probes: Probe[] = [];
  #measured: readonly Measured[] = [];

  constructor(root: string, tests: readonly string[], mutants: readonly Mutant[]) {
    this.#graph = new ImportGraph(root, tests);
    for (const { file, place } of mutants) {
      if (place === undefined || this.#numbers.has(nameOf(file, place))) continue;
      const id = this.#probes.length;
      this.#numbers.set(nameOf(file, place), id);
      this.#probes.push({ id, file, place });
    }
  }

  /** One for each function that holds a mutant. */
  get probes(): readonly Probe[] {
    return this.#probes;
  }

  /** Tests that load a file with a mutant. */
  testsFor(mutants: readonly Mutant[]): readonly string[] {
    return [...new Set(mutants.flatMap(({ file }) => this.#graph.loadersOf(file)))].toSorted();
  }

  /** How those tests ran on the code as it is. */
  learn(measured: readonly Measured[]): void {
    this.#measured = measured.toSorted((a, b) => a.milliseconds - b.milliseconds);
  }

  /** Tests that run what a mutant changes, the quickest first. Where files do it on being loaded: all that load them. */
  runFor({ file, place }: Mutant): { readonly tests: string[]; readonly cpuSeconds: number } {
    const probe = place === undefined ? undefined : this.#numbers.get(nameOf(file, place));
    const isLoading = probe === undefined || this.#measured.some(({ loadHits }) => loadHits.includes(probe));
    const loaders = new Set(isLoading ? this.#graph.loadersOf(file) : []);
    const chosen = this.#measured.filter(({ test, hits }) => loaders.has(test) || (probe !== undefined && hits.includes(probe)));
    const usual = chosen.reduce((sum, { milliseconds }) => sum + milliseconds / 1000, 0);
    return { tests: chosen.map(({ test }) => test), cpuSeconds: LOADING_CPU_SECONDS + PATIENCE * usual };
  }
}

const nameOf = (file: string, { start }: { start: number }): string => `${file} ${start}`;
