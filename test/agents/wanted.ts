import type { RunnerTestCase } from "vitest";
import type { Cell } from "./cell.ts";
import type { Program } from "./program.ts";

const names = process.env["AGENT_STACKS"]?.split(",");

/** Whether this run is to try a program. */
export const wanted = ({ id }: Pick<Program, "id">): boolean => names === undefined || names.includes(id);

/** Notes how a case went: it works, or cannot be, for a reason. */
export function noteCell(
  task: Readonly<RunnerTestCase>,
  {
    lack,
    evidence = lack,
    ...place
  }: Pick<Cell, "table" | "column" | "row"> & { lack: string | undefined; evidence?: string | undefined },
): void {
  task.meta.cell = {
    ...place,
    verdict: lack === undefined ? "works" : "lacks",
    ...(evidence === undefined ? {} : { evidence }),
  };
}
