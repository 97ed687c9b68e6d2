import { beforeEach, describe, expect, it } from "vitest";
import { GroupCommitter } from "../../../../shared/aws/group-commit.ts";
import { TenantId } from "../../../../shared/core/ids.ts";
import type { HookEvent } from "../../../../shared/hooks/hook-event.ts";
import { keySigner } from "../../../../shared/ledger/chain/signers.ts";
import { ESCROW, TRUST } from "../../../../shared/ledger/contracts.ts";
import { Intent, type NewIntent } from "../../../../shared/ledger/intent.ts";
import { LEDGER_LIMITS } from "../../../../shared/ledger/limits.ts";
import { NonceRow } from "../../../../shared/ledger/nonce.ts";
import { advance } from "../../../../shared/ledger/sending/advance.ts";
import type { SendingDeps } from "../../../../shared/ledger/sending/sending.ts";
import { recordIntents } from "../../../../shared/ledger/store/intent-store.ts";
import { MemoryChain } from "../../../fixtures/runtime/memory-chain.ts";
import { MemoryTables } from "../../../fixtures/runtime/memory-table.ts";

const tenant = TenantId.parse("acme");
const signer = keySigner(`0x${"11".repeat(32)}`);
const rating = (agent: string): NewIntent => ({
  tenant,
  execution_id: "exec_1",
  part: agent,
  work: { kind: "trust.record", agent_id: agent, skill: "risk", rating: 9000, successful: true, response_ms: 40 },
});

describe("a pass of the sender", () => {
  let tables: MemoryTables;
  let chain: MemoryChain;
  let now: number;
  let events: HookEvent[];
  let warnings: string[];
  let deps: SendingDeps;

  beforeEach(() => {
    tables = new MemoryTables();
    chain = new MemoryChain();
    now = Date.parse("2026-12-01T00:00:00.000Z");
    events = [];
    warnings = [];
    // What every chain needs first is there.
    chain.code.add(ESCROW.address).add(TRUST.address);
    deps = {
      store: { db: tables.client, table: "ledger", committer: new GroupCommitter(tables.client) },
      chain,
      chainId: 31_337,
      confirmations: 2,
      owner: "acme",
      publish: (told) => Promise.resolve(void events.push(...told)),
      now: () => new Date(now),
      signer,
      payeeOf: () => Promise.resolve(undefined),
      feeCeiling: 10n ** 11n,
      warn: (message) => void warnings.push(message),
    };
    chain.mine({ empty: 3 });
  });

  const intents = (kind: string): Intent[] =>
    [...tables.rows.values()]
      .flatMap((row) => (row["intent_id"] === undefined ? [] : [Intent.parse(row)]))
      .filter(({ work }) => work.kind === kind);
  const nonces = (): NonceRow[] =>
    [...tables.rows.values()].flatMap((row) => (row["variants"] === undefined ? [] : [NonceRow.parse(row)]));
  const record = (...all: NewIntent[]) => recordIntents(deps.store, all, { at: deps.now().toISOString() });
  const pass = async (seconds = 5): Promise<void> => {
    now += seconds * 1000;
    await advance(deps);
  };
  /** The rater has joined, and nothing else is under way. */
  const settled = async (): Promise<void> => {
    await pass();
    chain.mine({ empty: 2 });
    await pass();
  };

  it("finds the contracts there, and joins as a rater", async () => {
    await settled();
    expect(intents("contract.deploy").map(({ state, reason }) => [state, reason])).toEqual([
      ["done", "it is there already"],
      ["done", "it is there already"],
    ]);
    // It waits until what it follows is done.
    await pass(10);
    chain.mine({ empty: 2 });
    await pass();
    expect(intents("trust.join").map(({ state }) => state)).toEqual(["done"]);
    expect(nonces().map(({ nonce, state, outcome }) => [nonce, state, outcome])).toEqual([[0, "final", "done"]]);
  });

  it("keeps what it signs before anybody hears of it, and offers the same after a crash", async () => {
    const heard: unknown[] = [];
    const { send } = chain;
    chain.send = () => Promise.resolve(void heard.push(nonces().flatMap(({ variants }) => variants.length)));
    await pass();
    expect(heard).toEqual([[1]]);
    expect(chain.pool.size).toBe(0);
    chain.send = send;
    await pass();
    expect([...chain.pool.keys()]).toEqual(nonces().flatMap(({ variants }) => variants.map(({ hash }) => hash)));
  });

  it("offers more for what nobody mines in half a minute, and knows either variant when it is mined", async () => {
    await record(rating("a"));
    await pass();
    await pass(31);
    const [row] = nonces();
    expect(row?.variants.length).toBe(2);
    expect(BigInt(row?.variants[1]?.max ?? 0)).toBeGreaterThan(BigInt(row?.variants[0]?.max ?? 0));
    chain.pool.delete(row?.variants[1]?.hash ?? "");
    chain.mine();
    await pass();
    expect(intents("trust.record").map(({ state, transaction_hash: hash }) => [state, hash])).toEqual([
      ["mined", row?.variants[0]?.hash],
    ]);
  });

  it("offers the same bytes again when the block is lost, and whatever was final when more is lost", async () => {
    await record(rating("a"));
    await pass();
    chain.mine();
    await pass();
    chain.replace(1);
    await pass();
    expect(intents("trust.record")[0]?.state).toBe("assigned");
    chain.mine({ empty: 2 });
    await pass();
    expect(intents("trust.record")[0]?.state).toBe("done");
    chain.replace(3);
    await pass();
    expect([intents("trust.record")[0]?.state, warnings]).toEqual([
      "assigned",
      ["transactions that were final are gone with their blocks"],
    ]);
    expect(
      nonces()
        .filter(({ kind }) => kind === "trust.record")
        .flatMap(({ variants }) => variants).length,
    ).toBe(1);
    chain.mine({ empty: 2 });
    await pass();
    expect(intents("trust.record")[0]?.state).toBe("done");
  });

  it("does again, with another number, what lost its own to a stranger", async () => {
    await record(rating("a"));
    await pass();
    chain.pool.clear();
    chain.use(signer.address, 0);
    chain.mine({ empty: 2 });
    await pass();
    expect(nonces().find(({ nonce }) => nonce === 0)?.outcome).toBe("lost");
    await pass();
    expect(intents("trust.record")[0]).toMatchObject({ state: "assigned", is_alone: true });
    expect(intents("trust.record")[0]?.nonce).toBeGreaterThan(0);
  });

  it("gives each its own transaction when the one that they shared is refused, and ends what is refused alone", async () => {
    await record(rating("a"), rating("b"));
    await pass();
    chain.mine({ status: 0, empty: 2 });
    await pass();
    expect(intents("trust.record").map(({ is_alone: alone }) => alone)).toEqual([true, true]);
    await pass();
    chain.mine({ status: 0, empty: 2 });
    await pass();
    expect(intents("trust.record").map(({ state }) => state)).toEqual(["reverted", "reverted"]);
    const failed = events.filter(
      ({ type, facts }) => type === "ledger.intent_failed" && facts["kind"] === "trust.record",
    );
    expect(failed.length).toBe(2);
  });

  it("stops giving numbers away when it cannot pay, and says so", async () => {
    chain.balanceWei = 5n;
    await record(rating("a"));
    await pass();
    expect(nonces()).toEqual([]);
    expect(intents("trust.record")[0]?.reason).toContain("has 0.000000000000000005 ether left");
    expect(events.map(({ type }) => type)).toContain("ledger.low_balance");
  });

  it.each([
    { error: "SelfRating", args: [`0x${"11".repeat(32)}`], state: "dropped" },
    { error: "LimitReached", args: [`0x${"11".repeat(32)}`, 1000], state: "queued" },
  ])("gives no number to what the contract refuses: $error", async ({ error, args, state }) => {
    await record(rating("a"));
    chain.rehearsal = { kind: "refused", data: TRUST.interface.encodeErrorResult(error, args), reason: "reverted" };
    await pass();
    expect(intents("trust.record")[0]).toMatchObject({ state, reason: expect.stringContaining(error) });
    expect(nonces()).toEqual([]);
  });

  it("waits where the base fee is above the ceiling, and where a payee is not known", async () => {
    chain.baseFee = 10n ** 12n;
    chain.balanceWei = 10n ** 24n;
    const work = {
      kind: "stage.complete",
      stage: 0,
      task_id: "t",
      agent_id: "a",
      result_hash: `0x${"00".repeat(32)}`,
    } as const;
    await record(rating("a"), { tenant, execution_id: "exec_2", part: "0", work });
    await pass();
    expect(nonces().flatMap(({ variants }) => variants)).toEqual([]);
    expect(intents("trust.record")[0]?.state).toBe("assigned");
    expect(intents("stage.complete")[0]?.reason).toBe("nobody is known to be paid for a: register its payee");
  });

  it("gives up what nobody can be paid for after a week of looking", async () => {
    const work = {
      kind: "stage.complete",
      stage: 0,
      task_id: "t",
      agent_id: "a",
      result_hash: `0x${"00".repeat(32)}`,
    } as const;
    await record({ tenant, execution_id: "exec_2", part: "0", work });
    for (const row of tables.rows.values()) if (row["intent_id"] !== undefined) row["holds"] = LEDGER_LIMITS.holds;
    await pass();
    expect(intents("stage.complete").map(({ state }) => state)).toEqual(["dropped"]);
  });
});
