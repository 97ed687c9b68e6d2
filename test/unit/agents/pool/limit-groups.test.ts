import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AgentPool } from "../../../../shared/agents/pool/agent-pool.ts";
import type { LimitGroupBody } from "../../../../shared/agents/limit-group.ts";
import { loadBreaker } from "../../../../shared/agents/store/breaker-store.ts";
import { saveLimits } from "../../../../shared/agents/store/limit-store.ts";
import { agentOf, START, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { PoolKit, request } from "../pool-kit.ts";

const MINUTE = 60_000;

interface Sent {
  readonly at: number;
  readonly task: string;
  readonly agent: string;
}

/** What a provider does to the message that it is sent at a time: turns it away for so many seconds, or takes it. */
type Provider = (at: number) => number | undefined;

interface World {
  readonly kit: PoolKit;
  readonly pools: readonly AgentPool[];
}

async function worldOf(limits: LimitGroupBody, dispatchers = 4): Promise<World> {
  const kit = new PoolKit();
  kit.registry = ["agent-a", "agent-b", "agent-c"].map((id) => agentOf(id, { limit_group: "provider", max_concurrent_tasks: 10_000 }));
  kit.registry.push(agentOf("agent-other", { capabilities: ["other"], limit_group: "elsewhere", max_concurrent_tasks: 10_000 }));
  await saveLimits(kit.store, { tenant: TENANT, group: "provider" }, { ...limits, limit_group: "provider", updated_at: new Date(START).toISOString(), updated_by: "ann" });
  const set = { requests_per_minute: 600, limit_group: "elsewhere", updated_at: new Date(START).toISOString(), updated_by: "ann" };
  await saveLimits(kit.store, { tenant: TENANT, group: "elsewhere" }, set);
  return { kit, pools: Array.from({ length: dispatchers }, () => kit.pool()) };
}

const OTHER = { type: "other", count: 1, capabilities: ["other"], resources: {} };
const isOther = (task: string): boolean => task.startsWith("other");

/** Lets tasks come to whichever dispatcher is next, again when they are told to, until all are sent; time is the queue's. */
async function run({ kit, pools }: World, tasks: readonly string[], { provider = () => undefined, works = 0 }: { provider?: Provider; works?: number } = {}): Promise<readonly Sent[]> {
  let order = 0;
  const queue: { at: number; turn: number; act: () => Promise<void> }[] = [];
  const later = (at: number, act: () => Promise<void>): void => {
    queue.push({ at, turn: (order += 1), act });
    queue.sort((a, b) => a.at - b.at || a.turn - b.turn);
  };
  const sent: Sent[] = [];
  let looks = 0;
  const dispatch = (task: string) => async (): Promise<void> => {
    looks += 1;
    const pool = pools[looks % pools.length];
    const assigned = await pool?.assign(request({ messageId: task, ...(isOther(task) ? { role: OTHER } : {}) }));
    if (assigned === undefined) return;
    if (!("agent" in assigned)) {
      expect(assigned.reason).toBe("limit");
      return later(kit.now + assigned.retrySeconds * 1000, dispatch(task));
    }
    const { agent } = assigned;
    sent.push({ at: kit.now, task, agent: agent.agent_id });
    const seconds = isOther(task) ? undefined : provider(kit.now);
    if (seconds === undefined) {
      const report = { tenant: TENANT, agentId: agent.agent_id, skill: undefined, ok: true, isAgentFault: false, wasCalled: true, circuitBreaker: true, breaker: { failureThreshold: 3, timeoutSeconds: 60 }, messageId: task, tokens: 100 };
      return later(kit.now + works, async () => pool?.report(report));
    }
    const until = await pool?.holdGroup(agent, { messageId: task, seconds });
    later(Date.parse(until ?? ""), dispatch(task));
  };
  for (const [index, task] of tasks.entries()) later(START + index, dispatch(task));
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    kit.now = Math.max(kit.now, next.at);
    await next.act();
  }
  return sent;
}

const named = (name: string, count: number): string[] => Array.from({ length: count }, (_, index) => `${name}-${index}`);

/** The most sends in any sixty seconds. */
function mostInAMinute(times: readonly number[]): number {
  let most = 0;
  for (let from = 0, to = 0; to < times.length; to += 1) {
    while ((times[to] ?? 0) - (times[from] ?? 0) >= MINUTE) from += 1;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

const endOf = (sent: readonly Sent[]): number => Math.max(...sent.map(({ at }) => at)) - START;

describe("three agents of one group with 60 requests a minute, hundreds of ready tasks, four dispatchers", () => {
  it("see no sixty seconds with more than 60 sends, and lose little of what is allowed", async () => {
    const sent = await run(await worldOf({ requests_per_minute: 60 }), named("task", 500));
    expect(new Set(sent.map(({ task }) => task)).size).toBe(500);
    expect(mostInAMinute(sent.map(({ at }) => at))).toBeLessThanOrEqual(60);
    expect(new Set(sent.map(({ agent }) => agent)).size).toBe(3);
    // Eight minutes of 60 and 20 more; a permit counts two seconds longer than its minute.
    expect(endOf(sent)).toBeLessThan(9.5 * MINUTE);
  });

  it("stop within a second for as long as one of them is told, and no breaker hears of it", async () => {
    const world = await worldOf({ requests_per_minute: 60 });
    let told: number | undefined;
    const provider: Provider = (at) => {
      if (told !== undefined || at < START + 3000 + MINUTE) return undefined;
      told = at;
      return 20;
    };
    const sent = await run(world, named("task", 200), { provider });
    const from = told ?? 0;
    expect(sent.filter(({ at }) => at > from + 1000 && at < from + 20_000)).toEqual([]);
    expect(mostInAMinute(sent.map(({ at }) => at))).toBeLessThanOrEqual(60);
    expect(new Set(sent.map(({ task }) => task)).size).toBe(200);
    for (const { agent_id: agentId } of world.kit.registry) {
      expect((await loadBreaker(world.kit.store, { tenant: TENANT, agentId })).state).toMatchObject({ state: "closed", failures: 0 });
    }
  });

  it("slow another group by 5 % at most", async () => {
    const others = named("other", 300);
    const alone = endOf(await run(await worldOf({ requests_per_minute: 60 }), others));
    const beside = await run(await worldOf({ requests_per_minute: 60 }), [...others, ...named("task", 250)]);
    expect(endOf(beside.filter(({ task }) => isOther(task)))).toBeLessThanOrEqual(alone * 1.05);
  });
});

describe("a limit group", () => {
  it("holds whatever its limit, its dispatchers and its tasks are", async () => {
    const some = fc.record({ most: fc.integer({ min: 1, max: 400 }), dispatchers: fc.integer({ min: 1, max: 8 }), tasks: fc.integer({ min: 1, max: 200 }) });
    await fc.assert(
      fc.asyncProperty(some, async ({ most, dispatchers, tasks }) => {
        const sent = await run(await worldOf({ requests_per_minute: most }, dispatchers), named("task", tasks));
        expect(sent).toHaveLength(tasks);
        expect(mostInAMinute(sent.map(({ at }) => at))).toBeLessThanOrEqual(most);
      }),
      { numRuns: 6 },
    );
  });

  it("has no more tasks at work than it may, and goes on when one ends", async () => {
    const world = await worldOf({ concurrency: 5 });
    const sent = await run(world, named("task", 40), { works: 10_000 });
    expect(sent).toHaveLength(40);
    for (const { at } of sent) expect(sent.filter((other) => other.at <= at && at < other.at + 10_000).length).toBeLessThanOrEqual(5);
  });

  it("counts an attempt whose end nobody sees no longer than it can last", async () => {
    const { kit, pools } = await worldOf({ concurrency: 1 });
    const [pool] = pools;
    expect(await pool?.assign(request({ messageId: "lost" }))).toHaveProperty("agent");
    expect(await pool?.assign(request({ messageId: "next" }))).toMatchObject({ reason: "limit" });
    kit.now += (request().task.timeoutSeconds + 120) * 1000;
    expect(await pool?.assign(request({ messageId: "next" }))).toHaveProperty("agent");
  });

  it("waits for tokens to be a minute old", async () => {
    const world = await worldOf({ tokens_per_minute: 1000 });
    const sent = await run(world, named("task", 30), { works: 1 });
    const times = sent.map(({ at }) => at);
    // Each uses 100, and a few are under way before the first is heard of.
    expect(mostInAMinute(times)).toBeLessThanOrEqual(14);
    expect(endOf(sent)).toBeGreaterThan(MINUTE);
  });

  it("gives a task to an agent outside of it rather than have it wait", async () => {
    const { kit, pools } = await worldOf({ requests_per_minute: 1 });
    kit.registry.push(agentOf("agent-free", { max_concurrent_tasks: 10_000 }));
    const agents = await Promise.all([1, 2, 3].map(async (n) => pools[0]?.assign(request({ messageId: String(n) }))));
    expect(agents.filter((assigned) => assigned !== undefined && "agent" in assigned)).toHaveLength(3);
  });
});
