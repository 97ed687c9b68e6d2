import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HashRing } from "../../../../shared/agents/routing/hash-ring.ts";
import { hashText } from "../../../../shared/agents/routing/hash.ts";
import { Affinity, ConsistentHashing } from "../../../../shared/agents/routing/key-routers.ts";
import type { Router, Target } from "../../../../shared/agents/routing/target.ts";
import { request, tally, target, targetsNamed, turns } from "./targets.ts";

const KEYS = 100_000;
const keys = Array.from({ length: KEYS }, (_, index) => `execution-${index}`);
const hashes = keys.map((key) => hashText(key));
const idsOf = (count: number): string[] => targetsNamed(count).map(({ id }) => id);
const owners = (ring: HashRing, ids: readonly string[]): (string | undefined)[] => hashes.map((hash) => ids[ring.find(hash) ?? -1]);
const ringOf = (ids: readonly string[]): HashRing => {
  const ring = new HashRing();
  ring.update(ids);
  return ring;
};
const homeOf = (router: Router, targets: readonly Target[], key: string): string | undefined => targets[router.pick(request({ key })) ?? -1]?.id;

describe("HashRing", () => {
  const ids = idsOf(100);
  const before = owners(ringOf(ids), ids);

  it("moves only the keys of the one of 100 that leaves", () => {
    const some = hashes.slice(0, 5000);
    for (const leaver of ids.filter((_, index) => index % 5 === 0)) {
      const rest = ids.filter((id) => id !== leaver);
      const ring = ringOf(rest);
      const moved = some.flatMap((hash, index) => (rest[ring.find(hash) ?? -1] === before[index] ? [] : [before[index]]));
      expect([moved.length > 0, new Set(moved)]).toEqual([true, new Set([leaver])]);
    }
  });

  it("gives no one of 100 more than 1.25 times the mean, so that no more move when any one leaves", () => {
    const counts = Array.from(Map.groupBy(before, (owner) => owner).values(), ({ length }) => length);
    expect(counts).toHaveLength(100);
    expect(Math.max(...counts)).toBeLessThanOrEqual((1.25 * KEYS) / 100);
  });

  it("moves keys only to the newcomer when one joins", () => {
    const more = [...ids, "agent-new"];
    const after = owners(ringOf(more), more);
    expect(new Set(after.filter((owner, index) => owner !== before[index]))).toEqual(new Set(["agent-new"]));
  });

  it("depends on who is there, not on the order or on who came and went", () => {
    const memberships = fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 11 }), { maxLength: 12 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(memberships, fc.nat(KEYS - 100), (history, offset) => {
        const ring = new HashRing(16);
        for (const members of history) ring.update(members.map((member) => `agent-${member}`));
        const last = (history.at(-1) ?? []).map((member) => `agent-${member}`);
        const fresh = new HashRing(16);
        const ordered = last.toSorted();
        fresh.update(ordered);
        const some = hashes.slice(offset, offset + 100);
        expect(some.map((hash) => last[ring.find(hash) ?? -1])).toEqual(some.map((hash) => ordered[fresh.find(hash) ?? -1]));
      }),
    );
  });

  it("closes the circle: beyond the last point comes the first", () => {
    const rings = Array.from({ length: 50 }, (_, seed) => ringOf(idsOf(8).map((id) => `${id}-${seed}`)));
    const firsts = rings.map((ring) => ring.find(0));
    expect(rings.map((ring) => ring.find(2 ** 32 - 1))).toEqual(firsts);
    expect(new Set(firsts).size).toBe(8);
  });

  it("gives everything to the only member, and nothing to nobody", () => {
    const ring = ringOf(["only"]);
    expect([0, 1, 2 ** 31, 2 ** 32 - 1].map((hash) => ring.find(hash))).toEqual([0, 0, 0, 0]);
    expect(ringOf([]).find(7)).toBeUndefined();
    expect(ringOf([]).findWhere(7, () => true)).toBeUndefined();
  });
});

describe("consistent_hashing", () => {
  it("sends equal keys to the same target in every process", () => {
    const targets = targetsNamed(20);
    const [one, other] = [new ConsistentHashing(), new ConsistentHashing()];
    one.update(targets);
    other.update(targets.toReversed());
    const some = keys.slice(0, 200);
    const reversed = targets.toReversed();
    expect(some.map((key) => homeOf(one, targets, key))).toEqual(some.map((key) => homeOf(other, reversed, key)));
  });

  it("spreads requests without a key by turn", () => {
    const router = new ConsistentHashing();
    router.update(targetsNamed(10));
    expect(Math.min(...tally(router, 10, turns(1000)))).toBeGreaterThan(50);
  });

  it("keeps every target below its bound, whatever the keys", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.array(fc.nat(5), { minLength: 1, maxLength: 200 }), fc.array(fc.nat(5), { maxLength: 20 }), (count, drawn, busy) => {
        const router = new ConsistentHashing({ loadBound: 1.25 });
        const targets = targetsNamed(count).map((each, index) => ({ ...each, inFlight: busy[index] ?? 0 }));
        router.update(targets);
        const picked = tally(router, count, drawn.map((key) => request({ key: `hot-${key}` })));
        const total = targets.reduce((sum, { inFlight }) => sum + inFlight, 0) + drawn.length;
        return picked.every((tasks, index) => tasks === 0 || tasks + (busy[index] ?? 0) <= Math.ceil((1.25 * total) / count));
      }),
    );
  });

  it("picks none of no targets, bound or not", () => {
    expect(new ConsistentHashing({ loadBound: 1.25 }).pick(request({ key: "k" }))).toBeUndefined();
  });

  it("leaves a key where it belongs while there is room", () => {
    const targets = targetsNamed(10, { inFlight: 5 });
    const [plain, bounded] = [new ConsistentHashing(), new ConsistentHashing({ loadBound: 2 })];
    plain.update(targets);
    for (const key of keys.slice(0, 100)) {
      bounded.update(targets);
      expect(homeOf(bounded, targets, key)).toBe(homeOf(plain, targets, key));
    }
  });
});

describe("affinity", () => {
  const sample = keys.slice(0, 2000);
  const homes = (router: Router, targets: readonly Target[]) => new Map(sample.map((key) => [key, homeOf(router, targets, key)]));
  const started = (targets: readonly Target[], options = {}): Affinity => {
    const router = new Affinity(options);
    router.update(targets);
    return router;
  };

  it("keeps every key where it is when targets are added", () => {
    const router = started(targetsNamed(5));
    const before = homes(router, targetsNamed(5));
    router.update(targetsNamed(9));
    expect(homes(router, targetsNamed(9))).toEqual(before);
  });

  it("moves only the keys of a lost target, and leaves them where they went when it returns", () => {
    const all = targetsNamed(5);
    const rest = all.filter(({ id }) => id !== "agent-2");
    const router = started(all);
    const before = homes(router, all);
    router.update(rest);
    const during = homes(router, rest);
    const moved = [...during].filter(([key, home]) => home !== before.get(key)).map(([key]) => key);
    expect(moved).toEqual(sample.filter((key) => before.get(key) === "agent-2"));
    expect(new Set([...during].filter(([key]) => before.get(key) === "agent-2").map(([, home]) => home)).size).toBe(4);
    router.update(all);
    expect(homes(router, all)).toEqual(during);
  });

  it("goes on from bindings that were kept", () => {
    const bindings = new Map([["session-1", "agent-3"]]);
    expect(homeOf(started(targetsNamed(5), { bindings }), targetsNamed(5), "session-1")).toBe("agent-3");
    const router = started([target("agent-0")], { bindings });
    expect([homeOf(router, [target("agent-0")], "session-1"), bindings.get("session-1")]).toEqual(["agent-0", "agent-0"]);
  });

  it("forgets the oldest key when it knows too many, and then goes by hash", () => {
    const bindings = new Map<string, string>();
    const router = started(targetsNamed(5), { bindings, stickyKeys: 3 });
    const first = homeOf(router, targetsNamed(5), "key-0");
    for (const key of ["key-1", "key-2", "key-3"]) router.pick(request({ key }));
    expect([...bindings.keys()]).toEqual(["key-1", "key-2", "key-3"]);
    expect(homeOf(router, targetsNamed(5), "key-0")).toBe(first);
  });

  it("counts a key that had to move as new", () => {
    const bindings = new Map([["moved", "agent-gone"], ["old", "agent-1"]]);
    const router = started(targetsNamed(5), { bindings, stickyKeys: 2 });
    router.pick(request({ key: "moved" }));
    router.pick(request({ key: "new" }));
    expect([...bindings.keys()]).toEqual(["moved", "new"]);
  });
});
