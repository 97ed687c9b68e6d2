import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { parseSync } from "oxc-parser";

/** Which of `tests` load which files, directly or through others. All paths are from `root`. */
export class ImportGraph {
  readonly #root: string;
  readonly #imports = new Map<string, readonly string[]>();
  readonly #loaders = new Map<string, Set<string>>();

  constructor(root: string, tests: readonly string[]) {
    this.#root = root;
    for (const test of tests) this.#walk(test);
  }

  /** The tests that load a file. */
  loadersOf(file: string): readonly string[] {
    return [...(this.#loaders.get(file) ?? [])].toSorted();
  }

  #walk(test: string): void {
    const seen = new Set([test]);
    for (const file of seen) {
      const loaders = this.#loaders.get(file) ?? new Set();
      this.#loaders.set(file, loaders.add(test));
      for (const imported of this.#importsOf(file)) seen.add(imported);
    }
  }

  #importsOf(file: string): readonly string[] {
    const known = this.#imports.get(file);
    if (known !== undefined) return known;
    const found = importsIn(readFileSync(join(this.#root, file), "utf8"), file);
    this.#imports.set(file, found);
    return found;
  }
}

/** Files that a source text loads; what is imported for its types alone is not loaded. */
function importsIn(code: string, file: string): readonly string[] {
  if (!file.endsWith(".ts")) return [];
  const { module } = parseSync(file, code);
  const imported = module.staticImports.filter(({ entries }) => entries.length === 0 || entries.some(({ isType }) => !isType));
  const passedOn = module.staticExports.flatMap(({ entries }) => entries.filter(({ isType }) => !isType));
  const names = [
    ...imported.map(({ moduleRequest }) => moduleRequest.value),
    ...passedOn.flatMap(({ moduleRequest }) => (moduleRequest === null ? [] : [moduleRequest.value])),
    ...module.dynamicImports.map(({ moduleRequest: { start, end } }) => code.slice(start + 1, end - 1)),
  ];
  return names.filter((name) => name.startsWith(".")).map((name) => relative("", join(dirname(file), name)));
}
