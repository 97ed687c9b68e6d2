/**
 * A process that runs unit tests again and again on changed code, for `laboratory.ts`. The module graph stays transformed
 * between runs and is loaded anew in each, so a run costs about as much as its tests. Nothing is written to the disk.
 */
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { createVitest, type TestModule, type TestRunResult, type TestSpecification, type Vitest } from "vitest/node";
import { unitTests } from "../vitest.config.ts";
import { type Answer, type Measured, type Probe, Question } from "./messages.ts";
import { watchOver } from "./watchdog.ts";

const root = new URL("../..", import.meta.url).pathname;

/** Texts that take the place of files. */
const replaced = new Map<string, string>();

/** Runs files one after the other as they were named. */
class InOrder {
  readonly sort = async (files: TestSpecification[]): Promise<TestSpecification[]> => files;
  readonly shard = this.sort;
}

const say = (answer: Answer): void => void process.send?.(answer);

const vitest = await createVitest(
  {
    ...unitTests,
    config: false,
    watch: false,
    pool: "threads",
    maxWorkers: 1,
    setupFiles: [`${root}test/mutation/probe-setup.ts`],
    sequence: { sequencer: InOrder },
    reporters: [{}],
    silent: true,
    // A mutant must not be found in the cache by those who test the code as it is.
    fsModuleCache: false,
  },
  { plugins: [{ name: "mutant", enforce: "pre", load: (id: string) => replaced.get(id) }] },
);

process.on("message", (message) => {
  answer(Question.parse(message)).catch((error: unknown) => say({ answer: "broken", why: String(error) }));
});
process.on("disconnect", () => process.exit());
say({ answer: "ready" });

async function answer(question: Question): Promise<void> {
  if (question.ask === "measure") return say({ answer: "measured", files: await measure(question) });
  replace(new Map([[question.file, question.code]]));
  using _ = watchOver(question.cpuSeconds, (why) => {
    process.send?.({ answer: "hung", why } satisfies Answer, () => process.exit());
  });
  const result = await run(question.tests, 1);
  const failure = failuresOf(result)[0];
  if (failure !== undefined) return say({ answer: "killed", by: failure });
  const passed = result.testModules.filter((module) => module.ok()).length;
  if (passed !== question.tests.length) throw new Error(`${passed} of ${question.tests.length} test files passed, and none failed`);
  say({ answer: "survived" });
}

async function measure({ tests, probes }: Extract<Question, { ask: "measure" }>): Promise<Measured[]> {
  replace(new Map([...Map.groupBy(probes, ({ file }) => file)].map(([file, own]) => [file, probed(readFileSync(root + file, "utf8"), own)])));
  const { testModules, unhandledErrors } = await run(tests, 0);
  if (unhandledErrors.length > 0) throw new Error(`an error of the tests themselves: ${String(unhandledErrors[0])}`);
  return testModules.map((module) => {
    const { hits = [], loadHits = [] } = module.meta();
    const test = relative(root, module.moduleId);
    return { test, milliseconds: module.diagnostic().duration, failures: failuresIn(module), hits: [...hits], loadHits: [...loadHits] };
  });
}

/** Has probes passed by whoever runs these functions. From the last to the first, so that places stay where they are. */
function probed(code: string, probes: readonly Probe[]): string {
  return probes
    .flatMap(({ id, place: { start, end, isExpression } }) =>
      isExpression
        ? [{ at: start, text: `(globalThis.__hits?.add(${id}), ` }, { at: end, text: ")" }]
        : [{ at: start + 1, text: `globalThis.__hits?.add(${id});` }],
    )
    .toSorted((a, b) => b.at - a.at)
    .reduce((text, insertion) => text.slice(0, insertion.at) + insertion.text + text.slice(insertion.at), code);
}

/** These texts take the place of files, and those before them no longer do. */
function replace(texts: ReadonlyMap<string, string>): void {
  const changed = new Set([...replaced.keys(), ...[...texts.keys()].map((file) => root + file)]);
  replaced.clear();
  for (const [file, code] of texts) replaced.set(root + file, code);
  for (const file of changed) vitest.invalidateFile(file);
}

async function run(tests: readonly string[], bail: number): Promise<TestRunResult> {
  const project = vitest.getRootProject();
  // It keeps what files came to in earlier runs, also of those that this one does not get to.
  vitest.state.filesMap.clear();
  vitest.state.idMap.clear();
  project.config.bail = bail;
  vitest.config.bail = bail;
  return vitest.runTestSpecifications(tests.map((test) => project.createSpecification(root + test)));
}

const failuresOf = ({ testModules, unhandledErrors }: Awaited<ReturnType<Vitest["runTestSpecifications"]>>): string[] => [
  ...testModules.flatMap(failuresIn),
  ...unhandledErrors.map((error) => `an unhandled error: ${String(error)}`),
];

function failuresIn(module: TestModule): string[] {
  const test = relative(root, module.moduleId);
  const tests = [...module.children.allTests("failed")].map(({ fullName }) => `${test} > ${fullName}`);
  if (module.state() !== "failed" || tests.length > 0) return tests;
  return [`${test} cannot be loaded: ${module.errors()[0]?.message ?? ""}`];
}
