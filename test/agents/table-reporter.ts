import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Reporter, TestModule } from "vitest/node";
import type { Cell } from "./cell.ts";
import { CASES, STACKS } from "./stacks.ts";

const PAGE = fileURLToPath(new URL("README.md", import.meta.url));
const [BEGIN, END] = ["<!-- table: begin -->", "<!-- table: end -->"] as const;

/** Prints a row per case and a column per stack; a run over all stacks writes it into the page as well. */
class AgentTableReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const cells = tests.flatMap((test) => test.meta().cell ?? []);
    if (tests.length === 0) return;
    const stacks = STACKS.filter(({ id }) => tests.some((test) => test.fullName.startsWith(`${id} `)));
    const table = tableOf(stacks, cells);
    console.log(["", ...table, ""].join("\n"));
    if (stacks.length === STACKS.length) writePage(table);
  }
}

function tableOf(stacks: typeof STACKS, cells: readonly Cell[]): string[] {
  const notes: string[] = [];
  const mark = (cell: Cell | undefined): string => {
    if (cell === undefined) return "**fails**";
    if (cell.verdict === "works") return "works";
    const note = cell.evidence ?? "";
    if (!notes.includes(note)) notes.push(note);
    return `– (${notes.indexOf(note) + 1})`;
  };
  const rows = CASES.map((name) => {
    const row = stacks.map(({ id }) => mark(cells.find((cell) => cell.stack === id && cell.case === name)));
    return `| ${name} | ${row.join(" | ")} |`;
  });
  const head = [`| case | ${stacks.map(({ name }) => name).join(" | ")} |`, `|---|${stacks.map(() => "---|").join("")}`];
  return [...head, ...rows, ...(notes.length === 0 ? [] : ["", ...notes.map((note, index) => `${index + 1}. ${note}`)])];
}

function writePage(table: readonly string[]): void {
  const text = readFileSync(PAGE, "utf8");
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`${PAGE} has no place for the table`);
  writeFileSync(PAGE, `${before}${BEGIN}\n\n${table.join("\n")}\n\n${END}${after}`);
}

// Vitest loads a reporter file by its default export.
export default AgentTableReporter;
