/** Line ends of Unix, and no spaces before them. */
export const tidyLines = (text: string): string => linesOf(text).map((line) => line.replace(/[ \t]+$/, "")).join("\n");

const linesOf = (text: string): readonly string[] => text.split(/\r\n|\r|\n/);

const FENCE = /^ {0,3}(```|~~~)/;
const RULE = /^ *\|? *:?-+:? *(\| *:?-+:? *)*\|? *$/;

/**
 * Markdown with its tables in columns and its line ends in order. Two spaces that break a line stay, and so does what is
 * between fences.
 */
export function formatMarkdown(text: string): string {
  const lines = linesOf(text);
  const made: string[] = [];
  let fence = "";
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? "";
    const [mark = ""] = FENCE.exec(line)?.slice(1) ?? [];
    if (mark !== "" && (fence === "" || fence === mark)) fence = fence === "" ? mark : "";
    const table = fence === "" && mark === "" ? tableAt(lines, at) : [];
    made.push(...(table.length > 0 ? inColumns(table) : [fence === "" || mark !== "" ? tidyLine(line) : line]));
    at += Math.max(1, table.length);
  }
  return made.join("\n");
}

const tidyLine = (line: string): string => line.replace(/[ \t]+$/, (end) => (end === "  " && line.trim() !== "" ? end : ""));

/** The lines of a table that begins here: a head, a rule, and rows while there is a bar. */
function tableAt(lines: readonly string[], at: number): readonly string[] {
  const [head = "", rule = ""] = lines.slice(at, at + 2);
  if (!head.includes("|") || !rule.includes("|") || !RULE.test(rule) || cellsOf(head).length !== cellsOf(rule).length) return [];
  const rest = lines.slice(at + 2);
  const rows = rest.findIndex((line) => !line.includes("|"));
  return [head, rule, ...rest.slice(0, rows < 0 ? undefined : rows)];
}

/** The cells of a row; a bar behind a backslash, or in code, is none between cells. */
function cellsOf(row: string): readonly string[] {
  const inner = row.trim().replace(/^\|/, "").replace(/(?<!\\)\|$/, "");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim());
}

const widthOf = (cell: string): number => [...new Intl.Segmenter().segment(cell)].length;

function inColumns(table: readonly string[]): readonly string[] {
  const [head = [], rule = [], ...rows] = table.map(cellsOf);
  const columns = Math.max(head.length, ...rows.map((row) => row.length));
  const wide = Array.from({ length: columns }, (_, index) => Math.max(3, ...[head, ...rows].map((row) => widthOf(row[index] ?? ""))));
  const drawn = wide.map((width, index) => drawRule(rule[index] ?? "-", width));
  const fill = (row: readonly string[]): string => `| ${wide.map((width, index) => pad(row[index] ?? "", width)).join(" | ")} |`;
  return [fill(head), `| ${drawn.join(" | ")} |`, ...rows.map(fill)];
}

const pad = (cell: string, width: number): string => cell + " ".repeat(width - widthOf(cell));

function drawRule(rule: string, width: number): string {
  const [left, right] = [rule.startsWith(":") ? ":" : "", rule.endsWith(":") ? ":" : ""];
  return left + "-".repeat(width - left.length - right.length) + right;
}
