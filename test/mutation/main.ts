/**
 * Changes guards and decisions of `shared/execution` one at a time and sees whether a test notices, of those that need
 * no cloud:
 * `npm run test:mutation -- [--seed S|rotating] [--sample N | --all] [--under PATH] [--only ID] [--jobs N] [--check]`.
 *
 * Prints the score and what survived. A sample is the same for the same seed; `rotating` is another one every day.
 * `--check` ends with 1 when a survivor is not in `survivors.json`, where each has a reason.
 */
import { availableParallelism } from "node:os";
import { globSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Laboratory, type Verdict } from "./laboratory.ts";
import { type Mutant, mutantsOf, mutated } from "./mutants.ts";
import { RunPlan } from "./plan-run.ts";
import { printReport } from "./report.ts";
import { sampleOf } from "./sample.ts";
import { loadSurvivors } from "./survivors.ts";
import { refusedByCompiler } from "./typecheck.ts";

const root = new URL("../..", import.meta.url).pathname;
const text = { type: "string" } as const;
const flag = { type: "boolean", default: false } as const;
const { values: options } = parseArgs({
  options: { seed: text, sample: text, all: flag, under: text, only: text, jobs: text, check: flag, verbose: flag },
});
const seed = options.seed === undefined || options.seed === "rotating" ? new Date().toISOString().slice(0, 10) : options.seed;
const begun = performance.now();
const log = (line: string): void => console.log(`${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${line}`);

/** What decides about runs, and the plan that undoes one, which is made where plans are made. */
const SAMPLED = ["shared/execution/**/*.ts", "shared/workflow/plan/undo*.ts"];
const files = globSync(options.under === undefined ? SAMPLED : `${options.under}/**/*.ts`, { cwd: root }).toSorted();
// Read once: whoever edits a file meanwhile must not shift what is cut out of it.
const codes = new Map(files.map((file) => [file, readFileSync(root + file, "utf8")]));
const all = [...codes].flatMap(([file, code]) => mutantsOf(file, code));
const mutants = choose(all);
const again = options.only === undefined ? `--seed ${seed} ${options.all ? "--all" : `--sample ${mutants.length}`}` : `--only ${options.only}`;
log(`${mutants.length} of ${all.length} mutants in ${files.length} files; again: npm run test:mutation -- ${again}`);

// The stores' own suite needs a real table, which takes no longer than a unit test.
const TESTS = ["test/{unit,laws}/**/*.test.ts", "test/integration/stores/*.test.ts"];
const plan = new RunPlan(root, globSync(TESTS, { cwd: root }), mutants);
const refused = await refusedByCompiler(root, mutants);
const tried = mutants.filter((mutant) => !refused.has(mutant));
log(`${refused.size} do not compile`);
const verdicts = await tryMutants();
log("done");
const listed = loadSurvivors();
const known = new Set(all.map(({ id }) => id));
const stale = [...listed.keys()].filter((id) => options.under === undefined && !known.has(id));
const isGood = printReport({ verdicts, refused: refused.size, listed, stale });
process.exit(options.check && !isGood ? 1 : 0);

function choose(found: readonly Mutant[]): readonly Mutant[] {
  if (options.only !== undefined) return found.filter(({ id }) => options.only?.split(",").includes(id));
  return options.all ? found : sampleOf(found, Number(options.sample ?? 150), seed);
}

async function tryMutants(): Promise<ReadonlyMap<Mutant, Verdict>> {
  const found = new Map<Mutant, Verdict>();
  using laboratory = new Laboratory(Number(options.jobs ?? Math.min(4, availableParallelism())));
  const tests = plan.testsFor(tried);
  const measured = await laboratory.measure(tests, plan.probes);
  const failures = measured.flatMap((file) => file.failures);
  if (failures.length > 0) throw new Error(`tests fail on the code as it is:\n${failures.join("\n")}`);
  plan.learn(measured);
  log(`${measured.length} test files pass on the code as it is`);
  const runOf = (mutant: Mutant) => {
    const { file } = mutant;
    return { ...plan.runFor(mutant), file, code: mutated(codes.get(file) ?? "", mutant) };
  };
  await laboratory.tryAll(tried, runOf, (mutant, verdict) => {
    found.set(mutant, verdict);
    if (options.verbose) log(`${verdict.outcome.padEnd(8)} ${mutant.id} ${mutant.file}:${mutant.line} ${mutant.kind} ${"by" in verdict ? verdict.by : ""}`);
    else if (found.size % 25 === 0) log(`${found.size} of ${tried.length}`);
  });
  return found;
}
