import { expect } from "vitest";
import { BEHAVIOURS, isAsExpected } from "../../contract/aws/behaviours.ts";
import { openAws } from "../../contract/aws/clients.ts";
import { feature, recordedDeviation } from "../feature.ts";

/** The rows that hold the embedded cloud to AWS, here: a target may be wrong, and then shows how. */
export function describeBehaviours(): void {
  for (const { name, expected, observe, source } of BEHAVIOURS) {
    feature(name, async ({ target }) => {
      if (target.place.roleArn === "") return { notRun: "probes need a role that may send to any queue" };
      using aws = openAws(target.place);
      const found = await observe(aws);
      if (isAsExpected(found, expected)) return undefined;
      expect(found).toEqual(recordedDeviation(target, name) ?? expected);
      return { lacks: `${JSON.stringify(found)}, where AWS documents ${JSON.stringify(expected)} (${source})` };
    });
  }
}
