import { id, ZeroHash } from "ethers";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { present } from "../../../shared/core/present.ts";
import { Hex } from "../../../shared/ledger/artefact.ts";
import { ANVIL_CHAIN_ID } from "../../../infra/local/chain/anvil.ts";
import { ESCROW, escrowIdOf } from "../../../shared/ledger/contracts.ts";
import { ARBITRATION, EscrowModel, type ModelEscrow, type Outcome, type State, STATES } from "./escrow-model.ts";
import { ACCOUNTS, addressOf, deployContracts, hasAnvil, startTestChain, type TestChain } from "./test-chain.ts";

const DOMAIN = { name: "WorkflowEscrow", version: "1", chainId: ANVIL_CHAIN_ID, verifyingContract: ESCROW.address };
const COMPLETION = {
  StageCompletion: [
    { name: "escrowId", type: "bytes32" },
    { name: "stage", type: "uint256" },
    { name: "payee", type: "address" },
    { name: "resultHash", type: "bytes32" },
  ],
};
const FAILURE = {
  WorkflowFailure: [
    { name: "escrowId", type: "bytes32" },
    { name: "reasonHash", type: "bytes32" },
  ],
};
const [FUNDERS, ORCHESTRATOR, ARBITER, PAYEES, STRANGER] = [[0, 1], 2, 3, [4, 5], 6] as const;

/** One call, by numbers: who and what they mean is known when it is made. */
interface Step {
  readonly act: "create" | "complete" | "dispute" | "resolve" | "release" | "fail" | "expire" | "withdraw" | "wait";
  readonly escrow: number;
  readonly stage: number;
  readonly who: number;
  readonly what: number;
}

const step = fc.record<Step>({
  act: fc.constantFrom(
    "create",
    "complete",
    "complete",
    "complete",
    "dispute",
    "dispute",
    "resolve",
    "release",
    "fail",
    "expire",
    "withdraw",
    "wait",
    "create",
    "resolve",
  ),
  escrow: fc.nat({ max: 1000 }),
  stage: fc.nat({ max: 3 }),
  who: fc.nat({ max: 7 }),
  what: fc.nat({ max: 11 }),
});

const FITTING: Readonly<Partial<Record<Step["act"], readonly State[]>>> = {
  complete: ["Open"],
  dispute: ["Completed"],
  resolve: ["Disputed"],
  release: ["Completed", "Disputed"],
  fail: ["Open"],
  expire: ["Open"],
};

const encode = (name: string, args: readonly unknown[]): Hex =>
  Hex.parse(ESCROW.interface.encodeFunctionData(name, args));

/** Makes the calls that steps stand for, on the chain and in the model, and compares what comes of them. */
class Journey {
  readonly chain: TestChain;
  readonly model: EscrowModel;

  constructor(chain: TestChain, now: number) {
    this.chain = chain;
    this.model = new EscrowModel(now);
  }

  async go(taken: Step): Promise<void> {
    this.model.now += taken.act === "wait" ? ([40, 120, 600, 3000][taken.what % 4] ?? 1) : 1;
    await this.chain.rpc.call("evm_setNextBlockTimestamp", [this.model.now]);
    if (taken.act === "wait") return void (await this.chain.rpc.call("evm_mine", []));
    const { from, data, value, name, expected } = await this.#meant(taken);
    const result = await this.chain.send({ from, to: ESCROW.address, data, value });
    expect({ taken, outcome: outcomeOf(name, result) }).toEqual({ taken, outcome: expected });
  }

  /** Mostly a stage of which the act makes sense: chance alone finds hardly any dispute. */
  #pick({ act, escrow, stage, what }: Step): readonly [escrow: ModelEscrow | undefined, stage: number] {
    const all = this.model.escrows.flatMap((each) =>
      each.stages.map((found, index) => ({ each, index, state: found.state })),
    );
    const fitting = what === 11 ? [] : all.filter(({ state }) => FITTING[act]?.includes(state) ?? false);
    const found = fitting[escrow % Math.max(fitting.length, 1)];
    return found === undefined ? [this.model.escrows.at(-1 - (escrow % 4)), stage] : [found.each, found.index];
  }

  async #meant(taken: Step): Promise<{ from: string; data: Hex; value: bigint; name: string; expected: Outcome }> {
    const { model } = this;
    const { act, who, what } = taken;
    const [escrow, stage] = this.#pick(taken);
    if (act === "withdraw") {
      const account = addressOf(who % 6);
      return {
        from: addressOf(STRANGER),
        value: 0n,
        name: "withdraw",
        data: encode("withdraw", [account]),
        expected: model.withdraw(account),
      };
    }
    if (act === "create" || escrow === undefined) return this.#create(taken);
    // Mostly who may do it, now and then who may not.
    const [right, wrong] = who < 6 ? [true, false] : [false, true];
    const by = (index: number): string => (right ? addressOf(index) : addressOf(STRANGER));
    const call = (name: string, args: readonly unknown[], from: string, expected: Outcome) => ({
      from,
      value: 0n,
      name,
      data: encode(name, args),
      expected,
    });
    switch (act) {
      case "complete": {
        const said = { payee: addressOf(present(PAYEES[what % 2])), result: id(`result ${what % 3 === 0 ? 1 : 0}`) };
        const completion = [stage, said.payee, said.result];
        const isRelayed = what > 5;
        const signer = present(ACCOUNTS[wrong ? STRANGER : ORCHESTRATOR]);
        const signed = isRelayed
          ? await signer.signTypedData(DOMAIN, COMPLETION, {
              escrowId: escrow.id,
              stage,
              payee: said.payee,
              resultHash: said.result,
            })
          : "0x";
        const expected = model.complete(escrow, stage, { ...said, isAllowed: right });
        return call(
          "completeStage",
          [escrow.id, completion, signed],
          isRelayed ? addressOf(STRANGER) : by(ORCHESTRATOR),
          expected,
        );
      }
      case "dispute": {
        const from = right ? escrow.funder : addressOf(STRANGER);
        return call("dispute", [escrow.id, stage], from, model.dispute(escrow, stage, from));
      }
      case "resolve":
        return call(
          "resolve",
          [escrow.id, stage, what % 2 === 0],
          by(ARBITER),
          model.resolve(escrow, stage, { by: by(ARBITER), isEarned: what % 2 === 0 }),
        );
      case "release":
        return call("release", [escrow.id, stage], addressOf(STRANGER), model.release(escrow, stage));
      case "fail": {
        const signer = present(ACCOUNTS[wrong ? STRANGER : ORCHESTRATOR]);
        const signed = await signer.signTypedData(DOMAIN, FAILURE, { escrowId: escrow.id, reasonHash: ZeroHash });
        return call("failWorkflow", [escrow.id, ZeroHash, signed], addressOf(STRANGER), model.fail(escrow, right));
      }
      case "expire":
        return call("refundExpired", [escrow.id], addressOf(STRANGER), model.refundExpired(escrow));
      default:
        throw new Error(`no such act: ${act}`);
    }
  }

  #create({ stage, who, what }: Step): { from: string; data: Hex; value: bigint; name: string; expected: Outcome } {
    const funder = addressOf(present(FUNDERS[who % 2]));
    const workflow = id(`workflow ${this.model.escrows.length}`);
    const window = what % 3 === 0 ? 0 : 100;
    const payments = Array.from({ length: stage + 1 }, (_, index) => BigInt(1000 + 7 * index + what));
    const terms = {
      orchestrator: addressOf(ORCHESTRATOR),
      arbiter: addressOf(ARBITER),
      deadline: this.model.now + 1000,
      disputeWindow: window,
      arbitrationPeriod: ARBITRATION,
    };
    const stages = payments.map((payment) => [
      ZeroHash,
      [id("skill")],
      60,
      payment,
      [1000, 9000],
      "0x0000000000000000000000000000000000000000",
    ]);
    const escrow = {
      id: escrowIdOf(funder, workflow),
      funder,
      orchestrator: terms.orchestrator,
      arbiter: terms.arbiter,
      deadline: terms.deadline,
      window,
    };
    const expected = this.model.create({
      ...escrow,
      stages: payments.map((payment) => ({ state: "Open" as const, payment, releaseAt: 0 })),
    });
    const value = payments.reduce((sum, payment) => sum + payment, 0n);
    return {
      from: funder,
      value,
      name: "createWorkflow",
      data: encode("createWorkflow", [workflow, stages, Object.values(terms)]),
      expected,
    };
  }

  /** What holds whatever happened. */
  async holds(): Promise<void> {
    const { model } = this;
    const number = async (name: string, args: readonly unknown[] = []): Promise<bigint> =>
      BigInt(await this.chain.read(ESCROW.address, encode(name, args)));
    const accounts = ACCOUNTS.map(({ address }) => address);
    const owed = await Promise.all(accounts.map((account) => number("owed", [account])));
    expect(owed).toEqual(accounts.map((account) => model.owed.get(account) ?? 0n));
    expect(await number("totalOwed")).toBe(model.totalOwed);
    expect(await number("totalLocked")).toBe(model.locked);
    expect(await this.chain.balance(ESCROW.address)).toBe(model.totalOwed + model.locked);
  }

  async statesAgree(): Promise<void> {
    for (const escrow of this.model.escrows) {
      for (const [index, stage] of escrow.stages.entries()) {
        const data = await this.chain.read(ESCROW.address, encode("stages", [escrow.id, index]));
        expect(STATES[Number(ESCROW.interface.decodeFunctionResult("stages", data)["state"])]).toBe(stage.state);
      }
    }
  }

  /** Long after every deadline a stranger brings out every wei. */
  async empty(): Promise<void> {
    this.model.now += 100_000;
    await this.chain.rpc.call("evm_setNextBlockTimestamp", [this.model.now]);
    await this.chain.rpc.call("evm_mine", []);
    const send = (name: string, args: readonly unknown[]) =>
      this.chain.send({ from: addressOf(STRANGER), to: ESCROW.address, data: encode(name, args) });
    for (const escrow of this.model.escrows) {
      await send("refundExpired", [escrow.id]);
      for (const [index, { state }] of escrow.stages.entries())
        if (state === "Completed" || state === "Disputed") await send("release", [escrow.id, index]);
    }
    for (const { address } of ACCOUNTS) await send("withdraw", [address]);
    expect(await this.chain.balance(ESCROW.address)).toBe(0n);
  }
}

function outcomeOf(name: string, result: { readonly data: string } | { readonly refusal: string }): Outcome {
  if ("refusal" in result) return { refused: ESCROW.interface.parseError(result.refusal)?.name ?? result.refusal };
  const [value] = ESCROW.interface.decodeFunctionResult(name, result.data).toArray();
  return { returned: value === undefined ? 0n : BigInt(String(value === true ? 1 : value === false ? 0 : value)) };
}

describe.skipIf(!hasAnvil)("WorkflowEscrow", () => {
  let chain: TestChain;
  beforeAll(async () => {
    chain = await startTestChain();
    await deployContracts(chain);
  });
  afterAll(() => chain.anvil.stop());

  it("does what the model does, keeps every wei, and is emptied by a stranger", async () => {
    const visited = new Set<string>();
    const commands = fc.commands([step.map((taken) => new StepCommand(taken))], { maxCommands: 150, size: "max" });
    const property = fc.asyncProperty(commands, async (all) => {
      const before = await chain.rpc.call("evm_snapshot", []);
      const now = await chain.timestamp();
      const journey = new Journey(chain, now);
      await fc.asyncModelRun(() => ({ model: {}, real: journey }), all);
      await journey.holds();
      await journey.statesAgree();
      await journey.empty();
      for (const way of journey.model.visited) visited.add(way);
      await chain.rpc.call("evm_revert", [before]);
    });
    await fc.assert(property, { numRuns: 10, endOnFailure: true });
    const ways = [
      "None>Open",
      "Open>Completed",
      "Open>Paid",
      "Open>Refunded",
      "Completed>Disputed",
      "Completed>Paid",
      "Disputed>Paid",
      "Disputed>Refunded",
    ];
    expect([...visited].toSorted()).toEqual(ways.toSorted());
  });
});

class StepCommand implements fc.AsyncCommand<object, Journey> {
  readonly taken: Step;

  constructor(taken: Step) {
    this.taken = taken;
  }

  check(): boolean {
    return true;
  }

  async run(_: object, journey: Journey): Promise<void> {
    await journey.go(this.taken);
    await journey.holds();
  }

  toString(): string {
    return JSON.stringify(this.taken);
  }
}
