/** Which table: agents that we call, or clients that call us. */
export type TableName = "agents" | "clients";

/** One cell of a table: how a case went with an SDK. */
export interface Cell {
  readonly table: TableName;
  /** Id of the program. */
  readonly column: string;
  readonly row: string;
  readonly verdict: "works" | "lacks";
  /** What was looked at, or why it cannot be. */
  readonly evidence?: string;
}

declare module "vitest" {
  interface TaskMeta {
    cell?: Cell;
  }
}
