import { expect } from "vitest";
import { BEHAVIOURS, isAsExpected } from "../../contract/aws/behaviours.ts";
import { openAws } from "../../contract/aws/clients.ts";
import { DEVIATIONS } from "../../contract/aws/deviations.ts";
import { feature } from "../feature.ts";

/** The rows that hold the embedded cloud to AWS, here: a target may be wrong, and then shows how. */
export function describeBehaviours(): void {
  for (const { name, expected, observe, source } of BEHAVIOURS) {
    feature(name, async ({ target }) => {
      using aws = openAws(target.place);
      const found = await observe(aws);
      const recorded = DEVIATIONS[target.name]?.[name];
      if (recorded === undefined) expect(found).toEqual(expected);
      if (isAsExpected(found, expected)) return undefined;
      expect(found).toEqual(recorded);
      return { lacks: `${JSON.stringify(found)}, where AWS documents ${JSON.stringify(expected)} (${source})` };
    });
  }
}
