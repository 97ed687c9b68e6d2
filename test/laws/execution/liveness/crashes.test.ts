import { array, assert, asyncProperty, boolean, constantFrom, nat, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { START, task } from "../../../fixtures/runtime/memory-runtime.ts";
import { CrashWorld } from "./crash-world.ts";

/** A send whose worker died is asked about for half a minute; everything else is sooner. */
const RECOVERY_SECONDS = 45;

const drawn = record({
  needs: array(nat(30), { maxLength: 2 }),
  kind: constantFrom("plain", "flaky", "list", "child"),
  items: nat(6),
  chains: nat(2),
  isDirect: boolean(),
});
type Drawn = Readonly<ReturnType<typeof drawn.generate>["value"]>;

function taskOf(id: string, needs: readonly string[], { kind, items, chains }: Drawn): object {
  if (kind === "child") return { id, depends_on: needs, workflow: { name: "other", version: "1.0" } };
  const list = JSON.stringify(Array.from({ length: items }, (_, item) => item));
  return task(id, needs, { timeout: 86_400, ...(kind === "list" ? { for_each: { items: list, max_concurrency: chains + 1 } } : {}) });
}

/** Calls until a run has a row that knows its token: one that lost its messages before then starts anew. */
const BEGINNING = 8;

/** Runs in which somebody looks at a task in place, and no message of its own is on its way. */
const RUNS = [
  { run: "a list after a task", tasks: [task("a"), task("g", ["a"], { for_each: { items: "[1, 2, 3]", max_concurrency: 2 } }), task("z", ["g"])], direct: [] },
  { run: "a list of answers", tasks: [task("g", [], { for_each: { items: "[1, 2, 3]", max_concurrency: 1 } })], direct: ["g"] },
  { run: "a workflow after a task", tasks: [task("a"), { id: "sub", depends_on: ["a"], workflow: { name: "other", version: "1.0" } }, task("z", ["sub"])], direct: ["z"] },
  { run: "a join behind an answer", tasks: [task("a"), task("y"), task("b", ["a"]), task("c", ["b", "y"])], direct: ["b", "c"] },
] as const;

describe("a run whose worker dies once", () => {
  it.each(RUNS.flatMap((one) => [true, false].map((isInPlace) => ({ ...one, isInPlace }))))(
    "ends without a sweep wherever that was: $run, in place: $isInPlace",
    async ({ tasks, direct, isInPlace }) => {
      const isDirect = (name: string): boolean => direct.some((one) => one === name || name.startsWith(`${one}[`));
      for (let calls = 0, isOver = false; !isOver; calls += 1) {
        const world = await CrashWorld.of(tasks, { isDirect, fails: () => false, isInPlace, isTwice: false }, [calls]);
        await world.run();
        const recovery = (world.runtime.time - world.diedAt) / 1000;
        expect({ calls, isCompleted: world.isCompleted, isSoon: recovery < RECOVERY_SECONDS }).toEqual({ calls, isCompleted: true, isSoon: true });
        isOver = world.deaths === 0;
      }
    },
  );

  it("ends when a next run takes over at any moment, whatever messages of the first are still on their way", async () => {
    const tasks = [task("a"), task("b", ["a"]), task("c", ["b"])];
    const isDirect = (name: string): boolean => name === "b";
    const isBoosted = [];
    for (let at = 0; at < 3000; at += 350) {
      for (const lives of [[], [5], [15], [25], [35], [45]]) {
        const world = await CrashWorld.of(tasks, { isDirect, fails: () => false, isInPlace: at % 700 === 0, isTwice: true }, lives);
        world.boostAt(START + at);
        await world.run();
        const effects = Object.fromEntries([...world.taken].map(([name, messages]) => [name, messages.size]));
        expect({ at, lives, isCompleted: world.isCompleted, effects }).toEqual({ at, lives, isCompleted: true, effects: { a: 1, b: 1, c: 1 } });
        isBoosted.push(world.runtime.head().run === 2);
      }
    }
    expect(isBoosted.filter(Boolean).length).toBeGreaterThan(20);
  });

  it.each(RUNS.filter(({ run }) => !run.startsWith("a workflow")))("ends by sweeps wherever that was, with all messages lost: $run", async ({ tasks, direct }) => {
    const isDirect = (name: string): boolean => direct.some((one) => one === name || name.startsWith(`${one}[`));
    for (let calls = BEGINNING, isOver = false; !isOver; calls += 1) {
      const world = await CrashWorld.of(tasks, { isDirect, fails: () => false, isInPlace: true, isTwice: false }, [calls]);
      await world.runOnSweeps();
      expect({ calls, isCompleted: world.isCompleted }).toEqual({ calls, isCompleted: true });
      isOver = world.deaths === 0;
    }
  });
});

describe("a run whose workers die, and whose messages come again", () => {
  it("ends without a sweep, soon after the last death, does nothing twice and never more at once than it may", async () => {
    const lives = array(nat(60), { maxLength: 4 });
    await assert(
      asyncProperty(array(drawn, { minLength: 1, maxLength: 5 }), lives, boolean(), boolean(), async (draws, lived, isInPlace, isTwice) => {
        const tasks = draws.map((one, index) => {
          const needs = index === 0 ? [] : [...new Set(one.needs.map((need) => `t${need % index}`))];
          return taskOf(`t${index}`, needs, one);
        });
        const drawOf = (name: string): Drawn | undefined => draws[Number(/^t(\d+)/.exec(name)?.[1])];
        const isDirect = (name: string): boolean => drawOf(name)?.isDirect === true;
        const fails = (name: string, attempt: number): boolean => drawOf(name)?.kind === "flaky" && attempt === 1;
        const world = await CrashWorld.of(tasks, { isDirect, fails, isInPlace, isTwice }, lived);
        await world.run();
        const { runtime } = world;
        expect(world.isCompleted).toBe(true);
        expect((runtime.time - world.diedAt) / 1000).toBeLessThan(RECOVERY_SECONDS);
        expect(world.children.size).toBe(draws.filter(({ kind }) => kind === "child").length);
        for (const [name, messages] of world.taken) expect([name, messages.size]).toEqual([name, fails(name, 1) ? 2 : 1]);
        for (const [group, most] of world.most) expect([group, most <= (drawOf(group)?.chains ?? 0) + 1]).toEqual([group, true]);
      }),
      { numRuns: 80 },
    );
  });
});
