import type { Case, Stack } from "./stacks.ts";

/** One cell of the table: how a case went with a stack. */
export interface Cell {
  readonly stack: Stack["id"];
  readonly case: Case;
  readonly verdict: "works" | "lacks";
  /** What was looked at, or why it cannot be. */
  readonly evidence?: string;
}

declare module "vitest" {
  interface TaskMeta {
    cell?: Cell;
  }
}
