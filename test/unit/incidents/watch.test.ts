import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Found, judge, type WatchMemory } from "../../../shared/incidents/detection/watch.ts";
import { ALERT_RULES } from "../../../shared/incidents/rules/alert-rules.ts";
import type { AlertRule } from "../../../shared/incidents/rules/alert-rule.ts";
import { present } from "../../../shared/core/present.ts";

const START = Date.parse("2026-11-21T10:00:00.000Z");
const RULE: AlertRule = { ...present(ALERT_RULES.find(({ name }) => name === "WorkflowQueueDepthHigh")), holdsSeconds: 120 };
const found = (state: "breached" | "between"): Found => ({ fingerprint: "fp", rule: RULE, finding: { subject: "", state, says: "", facts: {} } });
const OPEN = { fingerprint: "fp", rule: RULE.name, reopened_at: [] };

type Look = { readonly at: number; readonly sees?: "breached" | "between"; readonly isOpen?: boolean };

/** Passes one after another; what the last one judged. */
function passes(looks: readonly Look[], quietSeconds = 300) {
  let memory: WatchMemory | undefined;
  return looks.map(({ at, sees, isOpen = false }) => {
    const judged = judge(memory, {
      found: sees === undefined ? [] : [found(sees)],
      open: isOpen ? [OPEN] : [],
      holdsSecondsOf: () => RULE.holdsSeconds,
      quietSeconds,
      now: START + at * 1000,
    });
    memory = judged.memory;
    return judged.wrong.length > 0 ? "opens" : judged.well.length > 0 ? "resolves" : "-";
  });
}

const breached = (...times: number[]): Look[] => times.map((at) => ({ at, sees: "breached" }));
const HOVERING: Look = { at: 300, sees: "between", isOpen: true };
const well = (...times: number[]): Look[] => times.map((at) => ({ at, isOpen: true }));

describe("judging passes", () => {
  it.each([
    { what: "opens once it has lasted", looks: breached(0, 60, 120), judged: ["-", "-", "opens"] },
    { what: "begins anew after a pass in which it was well", looks: [...breached(0, 60), { at: 120 }, ...breached(180, 240, 300)], judged: ["-", "-", "-", "-", "-", "opens"] },
    { what: "counts of ten minutes without a pass no more than a pass and a half", looks: breached(0, 600, 660), judged: ["-", "-", "opens"] },
    { what: "is not fooled by a clock that jumps ahead", looks: breached(0, 86_400), judged: ["-", "-"] },
    { what: "nor by one that goes back", looks: breached(0, 60, -3600, -3540), judged: ["-", "-", "-", "opens"] },
    { what: "does not open what hovers between the thresholds", looks: [0, 60, 120, 180].map((at): Look => ({ at, sees: "between" })), judged: ["-", "-", "-", "-"] },
    { what: "does not open what is open", looks: [0, 60, 120, 180].map((at): Look => ({ at, sees: "breached", isOpen: true })), judged: ["-", "-", "-", "-"] },
    { what: "resolves what was well for five minutes", looks: well(0, 60, 120, 180, 240, 300), judged: ["-", "-", "-", "-", "-", "resolves"] },
    { what: "resolves nothing after a gap in which nobody looked", looks: well(0, 3600), judged: ["-", "-"] },
    { what: "begins to count anew when it hovers", looks: [...well(0, 60, 120, 180, 240), HOVERING, ...well(360, 420)], judged: ["-", "-", "-", "-", "-", "-", "-", "-"] },
  ])("$what", ({ looks, judged }) => {
    expect(passes(looks)).toEqual(judged);
  });

  it("never opens before so much trouble was seen, whatever clock and gaps do", () => {
    const steps = fc.array(fc.record({ step: fc.integer({ min: -600, max: 900 }), sees: fc.constantFrom(undefined, "breached" as const, "between" as const) }), { maxLength: 40 });
    fc.assert(
      fc.property(steps, (given) => {
        let at = 0;
        const looks = given.map(({ step, sees }): Look => ({ at: (at += step), ...(sees === undefined ? {} : { sees }) }));
        const judged = passes(looks);
        for (const [index, outcome] of judged.entries()) {
          if (outcome !== "opens") continue;
          // Three passes at least, of which each counts 90 s at most, and all of them in trouble.
          expect(looks.slice(index - 2, index + 1).map(({ sees }) => sees)).toEqual(["breached", "breached", "breached"]);
        }
      }),
    );
  });

  it("judges the same from the same, so that a pass made twice is one", () => {
    const memory = judge(undefined, { found: [found("breached")], open: [], holdsSecondsOf: () => 0, quietSeconds: 300, now: START }).memory;
    const pass = { found: [found("breached")], open: [OPEN], holdsSecondsOf: () => 120, quietSeconds: 300, now: START + 60_000 };
    expect(judge(memory, pass)).toEqual(judge(memory, pass));
  });
});
