import { describe, expect, it } from "vitest";
import { systemClock } from "../../../../infra/local/stepfunctions/clock.ts";
import { VirtualClock } from "../../../../infra/local/stepfunctions/virtual-clock.ts";
import { createWorld, single } from "./harness.ts";

describe("a Wait state", () => {
  it.each([
    ["Seconds", { Seconds: 90 }, 90],
    ["Seconds of zero", { Seconds: 0 }, 0],
    ["SecondsPath", { SecondsPath: "$.n" }, 30],
    ["Timestamp", { Timestamp: "2026-01-01T00:01:00Z" }, 60],
    ["TimestampPath", { TimestampPath: "$.at" }, 5],
    ["a Timestamp in the past", { Timestamp: "2020-01-01T00:00:00Z" }, 0],
    ["a wait of half a year", { Seconds: 15_768_000 }, 15_768_000],
  ])("%s", async (_, fields, seconds) => {
    const world = await createWorld();
    const input = { n: 30, at: "2026-01-01T00:00:05Z" };
    expect(await world.run(single({ Type: "Wait", ...fields }), input)).toEqual({
      status: "SUCCEEDED",
      output: input,
      seconds,
    });
  });

  it.each([[{ SecondsPath: "$.bad" }], [{ TimestampPath: "$.bad" }], [{ SecondsPath: "$.missing" }]])(
    "%j fails on a value it cannot read",
    async (fields) => {
      const world = await createWorld();
      expect(await world.run(single({ Type: "Wait", ...fields }), { bad: "soon" })).toMatchObject({
        error: "States.Runtime",
      });
    },
  );
});

describe("the virtual clock", () => {
  it("fires timers in order of time, then of setting, and stops where told", async () => {
    const clock = new VirtualClock();
    const fired: string[] = [];
    const set = (at: number, name: string) => clock.setTimer(at, () => fired.push(`${name}@${clock.now()}`));
    set(30, "c");
    set(10, "a");
    set(10, "b");
    set(20, "never")();
    set(10, "chained");
    clock.setTimer(15, () => set(15, "soon"));
    set(31, "later");
    await clock.advanceTo(30);
    expect(fired).toEqual(["a@10", "b@10", "chained@10", "soon@15", "c@30"]);
    expect(clock.now()).toBe(30);
  });

  it("tells when no timer is left", async () => {
    const clock = new VirtualClock();
    clock.setTimer(5, () => {});
    expect([await clock.advanceToNext(), await clock.advanceToNext()]).toEqual([true, false]);
  });
});

describe("the system clock", () => {
  it("does not fire a timer that is too long for Node", async () => {
    let isFired = false;
    const cancel = systemClock.setTimer(Date.now() + 30 * 86_400_000, () => (isFired = true));
    await new Promise((resolve) => setTimeout(resolve, 20));
    cancel();
    expect(isFired).toBe(false);
  });
});
