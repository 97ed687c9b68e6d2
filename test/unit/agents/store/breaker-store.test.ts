import { describe, expect, it } from "vitest";
import { breakerOf, moveBreaker, loadBreaker, readBreaker, stepBreaker, UNTOUCHED } from "../../../../shared/agents/store/breaker-store.ts";
import { CLOSED_BREAKER, DEFAULT_BREAKER_POLICY, type BreakerState, onResult } from "../../../../shared/agents/routing/circuit-breaker.ts";
import { StoreUnavailableError } from "../../../../shared/core/errors.ts";
import { START, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { MemoryTables } from "../../../fixtures/runtime/memory-table.ts";

const REF = { tenant: TENANT, agentId: "agent-a" };
const policy = DEFAULT_BREAKER_POLICY;
const at = (ms: number): string => new Date(START + ms).toISOString();
const state = (more: Partial<BreakerState>): BreakerState => ({ ...CLOSED_BREAKER, since: START, ...more });

/** A table in which the agent's breaker is this. */
async function stored(breaker?: BreakerState) {
  const tables = new MemoryTables();
  const store = { db: tables.client, table: "agents" };
  if (breaker !== undefined) await stepBreaker(store, REF, { from: UNTOUCHED, state: breaker, policy, by: "orchestrator", now: START });
  const told = () => [...tables.rows.values()].flatMap(({ sk, type, facts }) => (String(sk).startsWith("EVT#") ? [{ type, facts }] : []));
  return { tables, store, told };
}

describe("a breaker that is closed by hand", () => {
  it("is closed, and says by whom", async () => {
    const { store, told } = await stored(state({ state: "open", failures: 3 }));
    await moveBreaker(store, REF, { to: "closed", by: "ann", now: START + 1000 });
    expect((await loadBreaker(store, REF)).state).toEqual({ ...CLOSED_BREAKER, since: START + 1000 });
    expect(told()).toContainEqual({ type: "agent.circuit_closed", facts: expect.objectContaining({ previous_state: "open", closed_by: "ann" }) });
  });

  it("forgets failures that it counts", async () => {
    const { store } = await stored(state({ failures: 2 }));
    await moveBreaker(store, REF, { to: "closed", by: "ann", now: START + 1000 });
    expect((await loadBreaker(store, REF)).state.failures).toBe(0);
  });

  it.each([undefined, state({})])("stays as it is when it is closed already", async (breaker) => {
    const { store, tables } = await stored(breaker);
    const before = (await loadBreaker(store, REF)).revision;
    await moveBreaker(store, REF, { to: "closed", by: "ann", now: START + 1000 });
    expect((await loadBreaker(store, REF)).revision).toBe(before);
    expect(tables.calls.at(-1)).toBe("GetCommand");
  });

  it("is closed as it is when another function changes it in that moment, and given up when that never ends", async () => {
    const changing = async (times: number) => {
      const { store, tables } = await stored(state({ state: "open", failures: 3 }));
      let left = times;
      tables.onSend = (name) => {
        const [key, row] = [...tables.rows].find(([, { breaker }]) => breaker !== undefined) ?? [];
        if (name === "GetCommand" || key === undefined || left <= 0) return;
        left -= 1;
        tables.rows.set(key, { ...row, revision: Number(row?.["revision"]) + 1 });
      };
      await moveBreaker(store, REF, { to: "closed", by: "ann", now: START + 1000 });
      tables.onSend = () => {};
      return (await loadBreaker(store, REF)).state.state;
    };
    expect(await changing(1)).toBe("closed");
    await expect(changing(Infinity)).rejects.toThrow(StoreUnavailableError);
  });
});

describe("a step of a breaker", () => {
  it.each([
    { from: "closed", to: "open", type: "agent.circuit_opened", facts: { previous_state: "closed", failures: 1, retry_at: at(30_000), threshold: policy.failureThreshold } },
    { from: "open", to: "half_open", type: "agent.circuit_half_opened", facts: { previous_state: "open" } },
    { from: "half_open", to: "closed", type: "agent.circuit_closed", facts: { previous_state: "half_open", closed_by: "bob" } },
  ] as const)("from $from to $to is told", async ({ from, to, type, facts }) => {
    const { store, told } = await stored();
    const step = { from: { ...UNTOUCHED, state: state({ state: from, since: 0 }) }, state: state({ state: to }), policy, by: "bob", now: START };
    expect(await stepBreaker(store, REF, step)).toMatchObject({ revision: 1, state: { state: to } });
    expect(told()).toEqual([{ type, facts: expect.objectContaining(facts) }]);
  });

  it("that only counts is no news; one from an older revision is refused", async () => {
    const { store, told } = await stored();
    const step = { from: UNTOUCHED, state: { ...CLOSED_BREAKER, failures: 1 }, policy, by: "bob", now: START };
    expect(await stepBreaker(store, REF, step)).toMatchObject({ revision: 1 });
    expect(told()).toEqual([]);
    expect(await stepBreaker(store, REF, step)).toBeUndefined();
  });
});

describe("an open breaker", () => {
  it("hears nothing of calls that end while it is open", () => {
    const open = state({ state: "open", failures: 3 });
    for (const ok of [true, false]) expect(onResult(open, { isSuccess: ok, startedAt: START + 1, endedAt: START + 2 }, policy)).toBe(open);
  });
});

describe("a breaker as the API prints it", () => {
  const view = (breaker: BreakerState, now: number) => breakerOf([{ kind: "C", agentId: "agent-a", text: undefined, item: { revision: 1, breaker: { state: breaker, policy } } }], now);

  it.each([
    { what: "closed", breaker: state({ failures: 1 }), now: START, shown: { state: "closed", failures: 1 } },
    { what: "open, and for how long", breaker: state({ state: "open", failures: 3 }), now: START, shown: { state: "open", failures: 3, since: at(0), retry_at: at(30_000) } },
    { what: "half-open, once the next task is a probe", breaker: state({ state: "open", failures: 3 }), now: START + 30_000, shown: { state: "half_open", failures: 3, since: at(0) } },
    { what: "half-open", breaker: state({ state: "half_open" }), now: START, shown: { state: "half_open", failures: 0, since: at(0) } },
  ])("is $what", ({ breaker, now, shown }) => {
    expect(view(breaker, now)).toEqual(shown);
  });

  it("is closed without a row, and where the row is of another release", () => {
    expect(breakerOf([], START)).toEqual({ state: "closed", failures: 0 });
    expect(readBreaker({ revision: "x" })).toBe(UNTOUCHED);
  });
});
