/**
 * Counts the house's figures, so that a change of structure is measured: `npm run count:structure`.
 *
 * 1. Files that a task message crosses, and names it bears. A static call graph starts at the use case that
 *    `functions/dispatch-task/handler.ts` calls, and at the imported functions that it names in that call. It follows
 *    every name that a reached function uses, called or passed as a value, through imports and same-file declarations.
 *    It does not follow methods of interfaces (`runtime.mail.task`), queues and streams; a note tells how many files
 *    it would be with all that the handler imports, which includes the builders of these services. A function is
 *    crossed when it is reached and one of its parameters is annotated with a carrier type: `TaskMessage`, `RunRef`,
 *    `TaskRecord`, and every type that contains one of them as data (`carriers.ts`). Files are those that hold a
 *    crossed function. Names are the distinct parameters and variables of these functions that hold a carrier, as far
 *    as annotations tell.
 * 2. Names that relative imports of `shared/` bring from the top folder they are used in, types included. A file
 *    directly in `shared/` belongs to none.
 * 3. Import circles, types included.
 * 4. Exports of `shared/` with TSDoc; `@example`s among the 20 exports that most files import. A schema and its type
 *    are one export.
 * 5. Files and functions over the house's length.
 * 6. Uses of clock, chance and environment in `shared/` and `functions/` outside the places that make `deps`.
 *
 * `--json` prints JSON; `--check` ends with 1 when row 2 or 3 is out of bounds.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { crossTaskMessage } from "./structure/crossing.ts";
import { mostImported, sharedExports } from "./structure/documentation.ts";
import { importCircles, type Share, sharesInside } from "./structure/import-graph.ts";
import { linkModules, type Modules } from "./structure/modules.ts";
import { findImpurities } from "./structure/purity.ts";
import { longFiles, longFunctions, type Oversize } from "./structure/sizes.ts";
import { parseSources, type Source } from "./structure/syntax.ts";

interface Row {
  readonly row: number;
  readonly what: string;
  readonly figure: number;
  readonly atMost?: number;
  readonly atLeast?: number;
  readonly unit?: "%";
  readonly note?: string;
  readonly list?: readonly string[];
}

const CHECKED_ROWS = new Set([2, 3]);
const EXAMPLES = 20;
const LISTED = 20;

/** One decimal, rounded down, so that 100 means all. */
const percentOf = ({ inside, all }: Share): number => Math.floor((1000 * inside) / all) / 10;

function messageRows(modules: Modules): readonly Row[] {
  const { files, functions, names, carriers, reachedFiles, filesWithServices } = crossTaskMessage(modules);
  const note =
    `${functions.length} functions take a carrier, ${reachedFiles} files are reachable; ` +
    `${filesWithServices} files with the services that the handler builds`;
  const why =
    "an earlier reading said 50 files, 74 names, by a rule that is not recorded; " +
    `here: data annotated with one of ${carriers.length} carrier types`;
  return [
    { row: 1, what: "files a task message crosses", figure: files.length, atMost: 25, note, list: files },
    { row: 1, what: "names it bears there", figure: names.length, atMost: 20, note: why, list: [names.join(" ")] },
  ];
}

function importRows(modules: Modules): readonly Row[] {
  const { names, statements } = sharesInside(modules);
  const circles = importCircles(modules);
  const byStatement = `${percentOf(statements)}% of ${statements.all} statements`;
  const note = `${names.inside} of ${names.all} imported names; ${byStatement}`;
  const what = "imports of shared/ inside their top folder";
  return [
    { row: 2, what, figure: percentOf(names), unit: "%", atLeast: 80, note },
    {
      row: 3,
      what: "import circles, types included",
      figure: circles.length,
      atMost: 0,
      list: circles.map((files) => `${files.length} files: ${files.join(" ")}`),
    },
  ];
}

function documentationRows(modules: Modules): readonly Row[] {
  const exports = sharedExports(modules);
  const bare = exports.filter(({ comment }) => comment === undefined);
  const most = mostImported(exports, EXAMPLES);
  const lacking = most.filter(({ comment }) => !comment?.includes("@example"));
  return [
    {
      row: 4,
      what: "exports of shared/ with TSDoc",
      figure: percentOf({ inside: exports.length - bare.length, all: exports.length }),
      unit: "%",
      atLeast: 100,
      note: `${bare.length} of ${exports.length} lack it`,
      list: bare.slice(0, LISTED).map(({ path, line, name }) => `${path}:${line} ${name}`),
    },
    {
      row: 4,
      what: "@example on the most imported exports",
      figure: most.length - lacking.length,
      atLeast: EXAMPLES,
      list: lacking.map(({ path, name, importers }) => `${path} ${name} (${importers} files import it)`),
    },
  ];
}

function sizeRows(sources: readonly Source[]): readonly Row[] {
  const lines = (found: readonly Oversize[]): Pick<Row, "figure" | "atMost" | "list"> => ({
    figure: found.length,
    atMost: 0,
    list: found.map(({ place, lines }) => `${place}: ${lines} lines`),
  });
  return [
    { row: 5, what: "files over 250 lines", ...lines(longFiles(sources, 250)) },
    { row: 5, what: "functions over 40 lines", ...lines(longFunctions(sources, 40)) },
  ];
}

function purityRow(sources: readonly Source[]): Row {
  const { outside, allowed } = findImpurities(sources);
  const list = outside.map(({ path, line, name }) => `${path}:${line} ${name}`);
  const note = `${allowed} more in infra/, handlers, create-*.ts and config.ts`;
  return { row: 6, what: "clock, chance, env outside deps", figure: outside.length, atMost: 0, note, list };
}

const isMet = ({ figure, atMost = Infinity, atLeast = -Infinity }: Row): boolean =>
  figure <= atMost && figure >= atLeast;

function boundOf({ atMost, atLeast, unit }: Row): string {
  if (atMost !== undefined) return `≤ ${atMost}${unit ?? ""}`;
  return atLeast === undefined ? "" : `≥ ${atLeast}${unit ?? ""}`;
}

function printTable(rows: readonly Row[]): void {
  const widths = [4, Math.max(...rows.map(({ what }) => what.length)) + 2, 9, 9];
  const print = (cells: readonly string[]): void =>
    console.log(cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join("").trimEnd());
  print(["row", "what", "figure", "bound"]);
  for (const row of rows) {
    const { what, figure, unit, note = "" } = row;
    print([String(row.row), what, `${figure}${unit ?? ""}`, boundOf(row), `${isMet(row) ? "  " : "! "}${note}`]);
  }
  for (const { row, what, list = [] } of rows) {
    if (list.length > 0) console.log(`\n${row} ${what}\n${list.map((entry) => `  ${entry}`).join("\n")}`);
  }
}

function main(): void {
  const { values } = parseArgs({ options: { check: { type: "boolean" }, json: { type: "boolean" } } });
  const sources = parseSources(join(import.meta.dirname, "../.."), ["shared", "functions", "infra"]);
  const modules = linkModules(sources);
  const rows = [
    ...messageRows(modules),
    ...importRows(modules),
    ...documentationRows(modules),
    ...sizeRows(sources),
    purityRow(sources),
  ];
  if (values.json === true) console.log(JSON.stringify(rows, undefined, 2));
  else printTable(rows);
  if (values.check === true && rows.some((row) => CHECKED_ROWS.has(row.row) && !isMet(row))) process.exitCode = 1;
}

main();
