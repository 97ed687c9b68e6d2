import { expect, it } from "vitest";
import { DAY, live, WELL, type Weather } from "../../fixtures/runtime/weather.ts";

/** A deployment each day at four: for a minute, one in ten fails. */
const healthy =
  (rate: number) =>
  (minute: number): Weather => ({ ...WELL, rate, failures: minute % DAY === 240 ? 0.1 : WELL.failures });

/** Twenty tenants, from one execution in ten minutes to ten a minute. */
const RATES = Array.from({ length: 20 }, (_, tenant) => 0.1 * 100 ** (tenant / 19));

it("opens one incident at most in a week in which everything is well, deployments and restarts included", { timeout: 120_000 }, () => {
  const opened = RATES.flatMap((rate, tenant) => live(7 * DAY, 1000 + tenant, healthy(rate)).opened);
  expect(opened.length, opened.join()).toBeLessThanOrEqual(1);
});
