import { describe, expect, it } from "vitest";
import { gasOf, mayShare, shareTransactions } from "../../../shared/ledger/calls.ts";
import { ESCROW, TRUST } from "../../../shared/ledger/contracts.ts";
import { assigned, mined, putOff, requeued } from "../../../shared/ledger/intent-moves.ts";
import { type Intent, type IntentState, newIntent, type NewIntent, standingOf } from "../../../shared/ledger/intent.ts";
import { meaningOf, refusalOf } from "../../../shared/ledger/refusals.ts";
import { etherOf, weiOf } from "../../../shared/ledger/ether.ts";
import { TenantId } from "../../../shared/core/ids.ts";

const AT = "2026-12-01T00:00:00.000Z";
const tenant = TenantId.parse("acme");

const completion = (execution: string, stage: number): NewIntent => ({
  tenant,
  execution_id: execution,
  part: String(stage),
  work: { kind: "stage.complete", stage, task_id: "t", agent_id: "a", result_hash: `0x${"00".repeat(32)}` },
  after: ["escrow.create#all"],
});
const rating = (execution: string, agent: string): NewIntent => ({
  tenant,
  execution_id: execution,
  part: agent,
  work: { kind: "trust.record", agent_id: agent, skill: "risk", rating: 9000, successful: true, response_ms: 40 },
});
const recorded = (intent: NewIntent): Intent => newIntent(intent, AT);
const chained = (state: IntentState, chain = "c"): Intent => ({ ...recorded(completion("x", 0)), state, chain });

describe("an intent", () => {
  it("has an id that follows from what it is, so that a repeat is known for one", () => {
    const [first, again, other] = [completion("x", 0), completion("x", 0), completion("x", 1)].map(recorded);
    expect(first?.intent_id).toBe(again?.intent_id);
    expect(first?.intent_id).not.toBe(other?.intent_id);
  });

  it.each([
    { before: [chained("mined")], standing: "ready" },
    { before: [chained("done")], standing: "ready" },
    { before: [chained("assigned")], standing: "waits" },
    { before: [], standing: "waits" },
    { before: [chained("reverted")], standing: "void" },
    { before: [chained("dropped")], standing: "void" },
    { before: [chained("done", "another")], standing: "void" },
  ])("$standing: after $before.0.state", ({ before, standing }) => {
    expect(standingOf(recorded(completion("x", 1)), { before, chain: "c" })).toBe(standing);
  });

  it("gives back what is left of an escrow although something could not be paid, and only where there is one", () => {
    const after = ["escrow.create#all", "stage.complete#0"];
    const ending: NewIntent = {
      tenant,
      execution_id: "x",
      part: "all",
      work: { kind: "workflow.fail", reason: "failed", stages: 2 },
      after,
    };
    const create: NewIntent = {
      tenant,
      execution_id: "x",
      part: "all",
      work: { kind: "escrow.create", stages: [], deadline: 1, dispute_window_seconds: 0 },
    };
    const standing = (created: IntentState, completed: IntentState): string => {
      const before = [{ ...recorded(create), state: created, chain: "c" }, chained(completed)];
      return standingOf(recorded(ending), { before, chain: "c" });
    };
    expect([standing("done", "dropped"), standing("done", "reverted"), standing("mined", "done")]).toEqual([
      "ready",
      "ready",
      "ready",
    ]);
    expect([standing("done", "queued"), standing("assigned", "done"), standing("dropped", "done")]).toEqual([
      "waits",
      "waits",
      "void",
    ]);
  });

  it("is put off for twice as long each time, and never for more than ten minutes", () => {
    const once = putOff(recorded(completion("x", 0)), { reason: "no", at: AT });
    const twice = putOff(once, { reason: "no", at: AT });
    expect([once.until, twice.until]).toEqual(["2026-12-01T00:00:04.000Z", "2026-12-01T00:00:08.000Z"]);
    expect(putOff({ ...once, holds: 40 }, { reason: "no", at: AT }).until).toBe("2026-12-01T00:10:00.000Z");
  });

  it("is alone, and without a number, when the transaction that it shared came to nothing", () => {
    const given = mined(assigned(recorded(rating("x", "a")), { chain: "c", nonce: 3, at: AT }), {
      hash: "0x",
      block: 9,
      at: AT,
    });
    const again = requeued(given, { reason: "refused", at: AT });
    expect(again).toMatchObject({ state: "queued", is_alone: true, revision: 4 });
    expect([again.nonce, again.block, again.transaction_hash, again.chain]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(mayShare(again, recorded(rating("x", "b")))).toBe(false);
  });
});

describe("a transaction", () => {
  it("is shared by completions of one execution, and by ratings of any, twenty at most", () => {
    const ratings = Array.from({ length: 21 }, (_, index) => rating(`x${index}`, "a"));
    const all = [completion("x", 0), completion("y", 0), completion("x", 1), ...ratings].map(recorded);
    expect(shareTransactions(all).map((group) => group.length)).toEqual([2, 1, 20, 1]);
  });

  it("may use what was measured for each of its parts", () => {
    expect(gasOf("escrow.create", 5)).toBe(600_000n);
    expect(gasOf("account.withdraw", 1)).toBe(120_000n);
  });
});

describe("a contract that refuses", () => {
  const said = (contract: typeof ESCROW, name: string, args: readonly unknown[]): string =>
    contract.interface.encodeErrorResult(name, args);

  it.each([
    { data: said(ESCROW, "EscrowExists", [`0x${"11".repeat(32)}`]), meaning: "done" },
    { data: said(ESCROW, "TooEarly", [7]), meaning: "later" },
    { data: said(ESCROW, "TooLate", [7]), meaning: "never" },
    { data: said(TRUST, "SelfRating", [`0x${"11".repeat(32)}`]), meaning: "never" },
    { data: "0xdeadbeef", meaning: "later" },
    { data: undefined, meaning: "later" },
  ])("$data means $meaning", ({ data, meaning }) => {
    expect(meaningOf(refusalOf(data))).toBe(meaning);
  });

  it("is quoted", () => {
    expect(refusalOf(said(ESCROW, "TooLate", [7])).text).toBe("TooLate(7)");
  });
});

describe("an amount", () => {
  it.each([
    { wei: 0n, ether: "0" },
    { wei: 1n, ether: "0.000000000000000001" },
    { wei: 1_500_000_000_000_000_000n, ether: "1.5" },
    { wei: 20_000_000_000_000_000_000n, ether: "20" },
  ])("of $wei wei is $ether ether", ({ wei, ether }) => {
    expect([etherOf(wei), weiOf(ether)]).toEqual([ether, wei]);
  });
});
