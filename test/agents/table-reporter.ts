import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Reporter, TestCase, TestModule } from "vitest/node";
import type { Cell, TableName } from "./cell.ts";
import { CLIENT_STACKS, FEATURES } from "./client-stacks.ts";
import { CASES, STACKS } from "./stacks.ts";

const PAGE = fileURLToPath(new URL("README.md", import.meta.url));

interface Table {
  readonly name: TableName;
  readonly corner: string;
  readonly rows: readonly string[];
  readonly columns: readonly { readonly id: string; readonly name: string }[];
}

const TABLES: readonly Table[] = [
  { name: "agents", corner: "case", rows: CASES, columns: STACKS },
  { name: "clients", corner: "feature", rows: FEATURES, columns: CLIENT_STACKS },
];

/** Prints a row per case and a column per SDK; a run over all SDKs writes it into the page as well. */
class AgentTableReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    for (const table of TABLES) showTable(table, tests);
  }
}

function showTable(table: Table, tests: readonly TestCase[]): void {
  const cells = tests.flatMap((test) => test.meta().cell ?? []).filter((cell) => cell.table === table.name);
  const columns = table.columns.filter(({ id }) => tests.some((test) => test.fullName.startsWith(`${id} `)));
  if (columns.length === 0) return;
  const lines = linesOf({ ...table, columns }, cells);
  console.log(["", ...lines, ""].join("\n"));
  if (columns.length === table.columns.length) writePage(table.name, lines);
}

function linesOf({ corner, rows, columns }: Table, cells: readonly Cell[]): string[] {
  const notes: string[] = [];
  const mark = (cell: Cell | undefined): string => {
    if (cell === undefined) return "**fails**";
    if (cell.verdict === "works") return "works";
    const note = cell.evidence ?? "";
    if (!notes.includes(note)) notes.push(note);
    return `– (${notes.indexOf(note) + 1})`;
  };
  const lines = rows.map((name) => {
    const row = columns.map(({ id }) => mark(cells.find((cell) => cell.column === id && cell.row === name)));
    return `| ${name} | ${row.join(" | ")} |`;
  });
  const head = [`| ${corner} | ${columns.map(({ name }) => name).join(" | ")} |`, `|---|${columns.map(() => "---|").join("")}`];
  return [...head, ...lines, ...(notes.length === 0 ? [] : ["", ...notes.map((note, index) => `${index + 1}. ${note}`)])];
}

function writePage(name: TableName, lines: readonly string[]): void {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const text = readFileSync(PAGE, "utf8");
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`${PAGE} has no place for the table of ${name}`);
  writeFileSync(PAGE, `${before}${begin}\n\n${lines.join("\n")}\n\n${end}${after}`);
}

// Vitest loads a reporter file by its default export.
export default AgentTableReporter;
