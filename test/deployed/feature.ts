import { it } from "vitest";
import { DEVIATIONS } from "../contract/aws/deviations.ts";
import type { Target } from "./targets/target.ts";
import { World } from "./world.ts";

/** How a feature of ours fares on a target. */
export interface Finding {
  readonly feature: string;
  readonly verdict: "works" | "lacks" | "not run";
  /** What a target that lacks it answers, what was looked at, or why it was not. */
  readonly evidence?: string;
}

declare module "vitest" {
  interface TaskMeta {
    finding?: Finding;
  }
}

/** The deployment that the rows below speak about. */
export const world = new World();

/** How a target is known to deviate; a feature that works after all must be taken off the record. */
export const recordedDeviation = ({ name }: Target, feature: string): unknown => DEVIATIONS[name]?.[feature];

/** `lacks`: the target has no such thing, and what it answered. `notRun`: why. */
export type Shortfall = { readonly lacks: string } | { readonly notRun: string };

/** A test that is a row of the table, and returns its evidence: nothing is skipped in silence. */
export function feature(name: string, check: (world: World) => Promise<void | undefined | string | Shortfall>): void {
  it(name, async ({ task }) => {
    const result = await check(world);
    if (typeof result !== "object" && recordedDeviation(world.target, name) !== undefined) {
      throw new Error(`${world.target.name} does not deviate any more: take it off test/contract/aws/deviations.ts`);
    }
    task.meta.finding = { feature: name, ...judge(result ?? undefined) };
  });
}

function judge(result: undefined | string | Shortfall): Omit<Finding, "feature"> {
  if (result === undefined) return { verdict: "works" };
  if (typeof result === "string") return { verdict: "works", evidence: result };
  return "lacks" in result
    ? { verdict: "lacks", evidence: result.lacks }
    : { verdict: "not run", evidence: result.notRun };
}

/** A row that needs agents which the target's functions reach. */
export const agentFeature: typeof feature = (name, check) =>
  feature(name, (system) =>
    system.canReachAgents
      ? check(system)
      : Promise.resolve({ notRun: "agents and keys on this machine are not reached: --public-url" }),
  );
