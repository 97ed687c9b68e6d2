import { it } from "vitest";
import { World } from "./world.ts";

/** How a feature of ours fares on a target. */
export interface Finding {
  readonly feature: string;
  readonly verdict: "works" | "lacks";
  /** What a target that lacks it answers, or what was looked at. */
  readonly evidence?: string;
}

declare module "vitest" {
  interface TaskMeta {
    finding?: Finding;
  }
}

/** The deployment that the rows below speak about. */
export const world = new World();

/**
 * A test that is a row of the table. What it returns is its evidence; `{ lacks }` says that the target has no such thing,
 * and shows what it answered: nothing is skipped in silence.
 */
export function feature(name: string, check: (world: World) => Promise<void | undefined | string | { readonly lacks: string }>): void {
  it(name, async ({ task }) => {
    const result = await check(world);
    if (typeof result === "object") task.meta.finding = { feature: name, verdict: "lacks", evidence: result.lacks };
    else task.meta.finding = { feature: name, verdict: "works", ...(result === undefined ? {} : { evidence: result }) };
  });
}
