import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AgentProfile, EMPTY_PROFILE, mergeProfiles, recentSpan, tasksWithin } from "../../../../shared/agents/registry/profile.ts";
import { anyTask, DAY_MS, failure, NOW, profileOf, task, times } from "./profiles.ts";

/** Everything but the trust, whose sums are rounded. */
const exactPart = ({ days, spans }: AgentProfile) => ({ days, spans });
const taskLists = fc.array(anyTask, { maxLength: 60 });

describe("AgentProfile", () => {
  it("does not depend on the order of tasks", () => {
    fc.assert(
      fc.property(
        taskLists.chain((tasks) => fc.tuple(fc.constant(tasks), fc.shuffledSubarray(tasks, { minLength: tasks.length }))),
        ([tasks, shuffled]) => {
          const [one, other] = [profileOf(tasks), profileOf(shuffled)];
          expect(exactPart(other)).toEqual(exactPart(one));
          expect(other.trust?.completed ?? 0).toBeCloseTo(one.trust?.completed ?? 0, 9);
          expect(other.trust?.failed ?? 0).toBeCloseTo(one.trust?.failed ?? 0, 9);
        },
      ),
    );
  });

  it("merges into what one profile would have learned of all tasks", () => {
    fc.assert(
      fc.property(taskLists, taskLists, (a, b) => {
        expect(exactPart(mergeProfiles(profileOf(a), profileOf(b)))).toEqual(exactPart(profileOf([...a, ...b])));
      }),
    );
  });

  it("survives JSON", () => {
    fc.assert(
      fc.property(taskLists, (tasks) => {
        expect(AgentProfile.parse(JSON.parse(JSON.stringify(profileOf(tasks))))).toEqual(profileOf(tasks));
      }),
    );
  });

  it("stays below 20 KB whatever names and latencies agents come up with", () => {
    const tasks = Array.from({ length: 3000 }, (_, index) =>
      (index % 2 === 0 ? task : failure.bind(undefined, `Error${index}-${"x".repeat(50)}`))({
        capability: `capability-${index}-${"y".repeat(30)}`,
        latencyMs: 1.05 ** (index % 370),
        cost: index / 7,
        at: NOW - (index % 30) * DAY_MS - index * 997,
      }),
    );
    expect(JSON.stringify(profileOf(tasks)).length).toBeLessThan(20_000);
  });

  it("takes about 3 KB for an agent with a month of ordinary work", () => {
    const tasks = Array.from({ length: 900 }, (_, index) => task({ capability: `skill-${index % 4}`, latencyMs: 80 + ((index * 37) % 400), cost: 2, at: NOW - (index % 30) * DAY_MS }));
    expect(JSON.stringify(profileOf(tasks)).length).toBeLessThan(3000);
  });
});

describe("tasksWithin", () => {
  const profile = profileOf([task(), task({ at: NOW - 6 * DAY_MS }), failure("Timeout", { at: NOW - 7 * DAY_MS }), failure("Timeout", { at: NOW - 29 * DAY_MS }), task({ at: NOW - 30 * DAY_MS })]);

  it.each([
    { days: 1, counts: { completed: 1, failed: 0 } },
    { days: 7, counts: { completed: 2, failed: 0 } },
    { days: 8, counts: { completed: 2, failed: 1 } },
    { days: 30, counts: { completed: 2, failed: 2 } },
  ])("counts the tasks of $days days, today included", ({ days, counts }) => {
    expect(tasksWithin(profile, days, NOW)).toEqual(counts);
  });

  it("keeps no day that is 30 days older than the newest", () => {
    expect(profile.days.map(({ day }) => day - Math.floor(NOW / DAY_MS))).toEqual([0, -6, -7, -29]);
  });
});

describe("recentSpan", () => {
  it("joins the current fifteen days with those before", () => {
    const profile = profileOf([task({ latencyMs: 10 }), task({ at: NOW - 15 * DAY_MS, latencyMs: 30 }), task({ at: NOW - 40 * DAY_MS, latencyMs: 500 })]);
    expect(recentSpan(profile, NOW)).toMatchObject({ completed: 2, totalMs: 40 });
  });

  it("is nothing for an agent that nothing is known of, or that did nothing for a month", () => {
    expect(recentSpan(EMPTY_PROFILE, NOW)).toBeUndefined();
    expect(recentSpan(profileOf([task()]), NOW + 31 * DAY_MS)).toBeUndefined();
  });

  it("forgets the rarest of too many capabilities and errors", () => {
    const common = times(3, "common").flatMap((capability) => [task({ capability }), failure("Common")]);
    const rare = Array.from({ length: 60 }, (_, index) => failure(`Rare${index}`, { capability: `rare-${index}` }));
    const span = recentSpan(profileOf([...common, ...rare]), NOW);
    expect(span?.skills).toHaveLength(48);
    expect(span?.errors).toHaveLength(16);
    expect(span?.skills.slice(0, 2)).toEqual([{ name: "carbon_calculation", completed: 0, failed: 3, ms: 300 }, { name: "common", completed: 3, failed: 0, ms: 300 }]);
    expect(span?.errors[0]).toEqual({ code: "Common", count: 3, lastAt: NOW });
  });
});
