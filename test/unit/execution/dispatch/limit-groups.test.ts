import { beforeAll, describe, expect, it } from "vitest";
import type { LimitGroupBody } from "../../../../shared/agents/limit-group.ts";
import { loadBreaker } from "../../../../shared/agents/store/breaker-store.ts";
import { saveLimits } from "../../../../shared/agents/store/limit-store.ts";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import type { TaskMessage } from "../../../../shared/execution/messages.ts";
import { agentOf, MemoryRuntime, planOf, START, task, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { PoolKit } from "../../agents/pool-kit.ts";

const MINUTE = 60_000;
const DISPATCHERS = 4;
const RETRY_AFTER_SECONDS = 20;
/** When the provider turns one message away: in the third minute. */
const TURNED_AWAY_AFTER = 2.5 * MINUTE;

const names = (kind: string, count: number): string[] => Array.from({ length: count }, (_, index) => `${kind}-${index}`);
const isLimited = (agent: string): boolean => agent !== "agent-other";

interface Sent {
  readonly at: number;
  readonly agent: string;
}

interface Told {
  readonly runtime: MemoryRuntime;
  readonly kit: PoolKit;
  readonly sent: readonly Sent[];
  /** When a provider said Retry-After. */
  readonly turnedAwayAt: number | undefined;
}

/** One run, whose task messages come to whichever of four warm dispatchers is next; time is the queue's. */
async function run({ work, others }: { work: number; others: number }): Promise<Told> {
  const kit = new PoolKit();
  kit.registry = [
    ...["agent-a", "agent-b", "agent-c"].map((id) => agentOf(id, { limit_group: "provider", max_concurrent_tasks: 10_000 })),
    agentOf("agent-other", { capabilities: ["other"], limit_group: "elsewhere", max_concurrent_tasks: 10_000 }),
  ];
  await limit(kit, "provider", { requests_per_minute: 60 });
  await limit(kit, "elsewhere", { requests_per_minute: 120 });
  const agents = { worker: { type: "worker", capabilities: ["work"] }, other: { type: "other", capabilities: ["other"] } };
  const tasks = [...names("work", work).map((id) => task(id)), ...names("other", others).map((id) => task(id, [], { agent: "other" }))];
  const runtime = new MemoryRuntime(planOf(tasks, { agents }));
  await runtime.submit();
  const sent: Sent[] = [];
  let turnedAwayAt: number | undefined;
  runtime.onSend = (_, { agent_id: agent }) => {
    sent.push({ at: runtime.time, agent });
    if (!isLimited(agent) || turnedAwayAt !== undefined || runtime.time < START + TURNED_AWAY_AFTER) return { kind: "completed", output: {} };
    turnedAwayAt = runtime.time;
    const failure = { code: "AgentUnavailable", message: "HTTP 429: slow down" };
    return { kind: "failed", failure, retryable: true, isThrottled: true, retryAfterSeconds: RETRY_AFTER_SECONDS };
  };
  // oxlint-disable-next-line typescript/no-misused-spread -- its ports are properties of its own
  const dispatchers = names("dispatcher", DISPATCHERS).map(() => ({ ...runtime, pool: kit.pool() }));
  const due = tasks.map((_, index): { at: number; message: TaskMessage } => {
    const id = index < work ? `work-${index}` : `other-${index - work}`;
    return { at: START, message: runtime.message(id) };
  });
  for (let looks = 0; due.length > 0; looks += 1) {
    const next = due.reduce((earliest, each, index) => (each.at < (due[earliest]?.at ?? Infinity) ? index : earliest), 0);
    const [{ at, message } = { at: 0, message: runtime.message("") }] = due.splice(next, 1);
    runtime.time = Math.max(runtime.time, at);
    kit.now = runtime.time;
    const dispatcher = dispatchers[looks % DISPATCHERS];
    if (dispatcher !== undefined) await dispatchTask(dispatcher, message);
    for (const { message: again, delay } of runtime.tasks.splice(0)) due.push({ at: runtime.time + delay * 1000, message: again });
  }
  return { runtime, kit, sent, turnedAwayAt };
}

const limit = (kit: PoolKit, group: string, limits: LimitGroupBody): Promise<void> =>
  saveLimits(kit.store, { tenant: TENANT, group }, { ...limits, limit_group: group, updated_at: new Date(START).toISOString(), updated_by: "ann" });

const timesOf = (sent: readonly Sent[], wanted: (agent: string) => boolean): number[] => sent.flatMap(({ at, agent }) => (wanted(agent) ? [at] : []));

/** The most sends in any sixty seconds. */
const mostInAMinute = (times: readonly number[]): number =>
  Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + MINUTE).length));

describe("five hundred ready tasks for three agents of a group with 60 requests a minute, four dispatchers, one Retry-After", () => {
  let told: Told;
  beforeAll(async () => {
    told = await run({ work: 500, others: 300 });
  }, 60_000);

  it("are all done, each at its first attempt", () => {
    const rows = names("work", 500).map((id) => told.runtime.record(id));
    expect(rows.filter((row) => row?.state === "completed")).toHaveLength(500);
    expect(new Set(rows.map((row) => row?.attempt))).toEqual(new Set([1]));
    expect(timesOf(told.sent, isLimited)).toHaveLength(501);
  });

  it("make no sixty seconds with more than 60 sends", () => {
    expect(mostInAMinute(timesOf(told.sent, isLimited))).toBeLessThanOrEqual(60);
  });

  it("stop within a second for the twenty that one provider asks for, at all three agents", () => {
    const from = told.turnedAwayAt ?? 0;
    expect(from).toBeGreaterThan(START);
    expect(timesOf(told.sent, isLimited).filter((at) => at > from + 1000 && at < from + RETRY_AFTER_SECONDS * 1000)).toEqual([]);
    expect(timesOf(told.sent, isLimited).some((at) => at >= from + RETRY_AFTER_SECONDS * 1000)).toBe(true);
  });

  it("cost no breaker anything", async () => {
    for (const { agent_id: agentId } of told.kit.registry) {
      expect((await loadBreaker(told.kit.store, { tenant: TENANT, agentId })).state).toMatchObject({ state: "closed", failures: 0 });
    }
  });

  it("slow another group by 5 % at most", async () => {
    const alone = await run({ work: 1, others: 300 });
    const last = ({ sent }: Told): number => Math.max(...timesOf(sent, (agent) => !isLimited(agent))) - START;
    expect(last(alone)).toBeGreaterThan(0);
    expect(last(told)).toBeLessThanOrEqual(last(alone) * 1.05);
  }, 60_000);
});
