/** Prints rows in columns as wide as their longest entry, under a heading. */
export function printTable(heading: string, rows: readonly (readonly string[])[]): void {
  const widths = rows.reduce<number[]>((most, row) => row.map((cell, column) => Math.max(cell.length, most[column] ?? 0)), []);
  const lines = rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd());
  process.stdout.write(`\n${heading}\n${lines.join("\n")}\n`);
}
