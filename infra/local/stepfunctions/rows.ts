import type { SQLOutputValue } from "node:sqlite";

/** A row as SQLite answers it. */
export type Row = Readonly<Record<string, SQLOutputValue>>;

/** @throws {TypeError} the column is no text: the file was not written by this engine. */
export function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw new TypeError(`column ${column} holds no text`);
  return value;
}

/** @throws {TypeError} the column is no number: the file was not written by this engine. */
export function numberOf(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== "number") throw new TypeError(`column ${column} holds no number`);
  return value;
}

/** The text of a column, `undefined` when it is NULL. */
export function textOrNone(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : textOf(row, column);
}

/** The number of a column, `undefined` when it is NULL. */
export function numberOrNone(row: Row, column: string): number | undefined {
  return row[column] === null ? undefined : numberOf(row, column);
}
