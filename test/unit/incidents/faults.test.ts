import { describe, expect, it } from "vitest";
import { live, type Weather, WELL } from "../../fixtures/runtime/weather.ts";

describe("real faults", () => {
  const FROM = 30;
  const faults: readonly { readonly what: string; readonly rule: string; readonly within: number; readonly weather: Partial<Weather> }[] = [
    { what: "everything fails", rule: "workflow_failure_burst", within: 2, weather: { failures: 1 } },
    { what: "four in five fail", rule: "workflow_failure_burst", within: 4, weather: { failures: 0.8 } },
    { what: "service levels are violated", rule: "sla_violation", within: 2, weather: { violations: 0.5 } },
    { what: "one in five fails", rule: "WorkflowFailureRateHigh", within: 10, weather: { failures: 0.25 } },
    { what: "attempts take five times as long", rule: "response_time_p95", within: 14, weather: { slower: 5 } },
  ];

  it.each(faults)("$what: $rule within $within minutes, in each of ten runs", ({ rule, within, weather }) => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const { opened, openedAt } = live(FROM + within + 1, seed, (minute) => ({ ...WELL, rate: 20, ...(minute >= FROM ? weather : {}) }));
      const at = openedAt[opened.indexOf(rule)] ?? Number.POSITIVE_INFINITY;
      expect(at - FROM, `seed ${seed}: ${opened.join()}`).toBeLessThanOrEqual(within);
    }
  });
});
